"""The workflow: data -> one run of notebooks/train.ipynb a cell -> records -> tables -> book.

`make reproduce` and `make reproduce-all` run it. By hand, with settings of its own:

    snakemake --cores 2 --config grid=table1 preset=paper data=PATH seeds="0 1"

`grid` names cells in experiments.yaml: one grid, several, or "all"; any setting of a run may be
given beside it. `cells` gives sets of settings instead. The target `records` stops before tables
and book. On a cluster: `--profile profiles/slurm`; the options that every call needs stand in
profiles/default.

A cell is complete when its record exists, and nothing else makes it so. Records are written whole
or not at all, which is why `--ignore-incomplete` is safe; a stopped cell goes on from its
checkpoint, which is no output and therefore never deleted.
"""

import os
import re
import shlex
import sys
from pathlib import Path

from aacpy.errors import AacpyError
from aacpy.experiments.cells import check_stale, rendering, run_options, run_resources
from aacpy.experiments.grids import grid_configs, table_names
from aacpy.files import data_root, project_root, runs_root
from aacpy.records import run_name

workdir: project_root()

# A run repeats exactly on one thread only; cells run side by side instead.
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

# False in the processes that a cluster runs jobs in.
MAIN = getattr(workflow, "is_main_process", True)

SETTINGS = {"grid": "table1", "preset": "pedestrians", **config}
try:
    CELLS = {run_name(cell): cell for cell in grid_configs(**SETTINGS)}
    TABLES = ["cells"] if "cells" in SETTINGS else table_names(SETTINGS["grid"])
    if MAIN:
        check_stale(CELLS.values())
except AacpyError as error:
    print(f"error: {error}", flush=True)
    sys.exit(2)

ROOT = os.path.relpath(runs_root(), project_root())
RUNS = f"{ROOT}/{SETTINGS['preset']}"
LOGS = f"{ROOT}/logs/{SETTINGS['preset']}"
BOOK = f"{ROOT}/book"
RENDERED = f"{data_root()}/.rendered"
PYTHON = shlex.quote(sys.executable)
JUPYTER_BOOK = shlex.quote(str(Path(sys.executable).with_name("jupyter-book")))

# What tables and pages are made with: a change there asks for new tables and a new book, never
# for runs.
SOURCES = sorted(
    str(path)
    for pattern in ("_config.yml", "aacpy/**/*.py", "book/*.*", "book/_*/*.*")
    for path in Path().glob(pattern)
    if "_build" not in path.parts
)

# Name of a rendered benchmark -> how it is rendered.
BENCHMARKS = {b.name: b for b in map(rendering, CELLS.values()) if b}

# A finished run is no job's output, so that no data, stamp or file time can ask for it again. (A
# job of a cluster that starts twice must still find its rule.)
FINISHED = {run for run in CELLS if MAIN and Path(f"{RUNS}/{run}/record.json").exists()}
UNFINISHED = [re.escape(run) for run in CELLS if run not in FINISHED]

RECORDS = expand(f"{RUNS}/{{run}}/record.json", run=CELLS)


# What failed says so in one line; the whole story is in its log.
def or_error(what):
    return (
        f"|| {{{{ echo \"error: {what} ({{log}}): $(grep -v '^ *$' {{log}} | tail -n 1)\";"
        " exit 1; }}"
    )


localrules: all, records, tables, book


# The records stand here too: tables that exist would not ask for a record that was deleted.
rule all:
    input:
        RECORDS,
        f"{RUNS}/tables.txt",
        f"{RUNS}/.book-built",


rule records:
    input:
        RECORDS,


# The benchmark is rendered here, once a seed, so that the seed's cells do not race to render it.
rule data:
    output:
        f"{RENDERED}/{{benchmark}}.txt",
    log:
        f"{LOGS}/render-{{benchmark}}.log",
    params:
        options=lambda wildcards: BENCHMARKS[wildcards.benchmark].options,
    resources:
        mem_mb=1_000,
        runtime=30,
    shell:
        "{PYTHON} -m aacpy render --quiet {params.options} > {output}.part 2> {log} "
        + or_error("rendering failed")
        + "; mv {output}.part {output}; echo \"rendered $(cat {output})\""


rule cell:
    input:
        lambda wildcards: [
            ancient(f"{RENDERED}/{benchmark.name}.txt")
            for benchmark in [rendering(CELLS[wildcards.run])]
            if benchmark
        ],
    output:
        f"{RUNS}/{{run,{'|'.join(UNFINISHED) or '(?!)'}}}/record.json",
    log:
        f"{LOGS}/{{run}}.log",
    params:
        folder=f"{RUNS}/{{run}}",
        options=lambda wildcards: run_options(CELLS[wildcards.run]),
    threads: lambda wildcards: CELLS[wildcards.run].threads
    resources:
        gpu=lambda wildcards: run_resources(CELLS[wildcards.run])["gpu"],
        mem_mb=lambda wildcards: run_resources(CELLS[wildcards.run])["mem_mb"],
        runtime=lambda wildcards: run_resources(CELLS[wildcards.run])["runtime"],
    shell:
        "{PYTHON} -m aacpy.experiments.gpus {resources.gpu} --"
        " {PYTHON} -m papermill notebooks/train.ipynb {params.folder}/train.ipynb"
        " --no-progress-bar -p run_dir {params.folder} {params.options} > {log} 2>&1 "
        + or_error("{wildcards.run} failed")


rule tables:
    input:
        RECORDS,
        SOURCES,
    output:
        f"{RUNS}/tables.txt",
    log:
        f"{LOGS}/tables.log",
    params:
        names=" ".join(TABLES),
    shell:
        "({PYTHON} -m aacpy results {RUNS} --table {params.names} && echo &&"
        " {PYTHON} -m aacpy results --compare {RUNS} results) > {output}.part 2> {log} "
        + or_error("no tables")
        + "; mv {output}.part {output}"


# A stamp, because the book's own index.html exists before the book is whole.
rule book:
    input:
        rules.tables.output,
    output:
        touch(f"{RUNS}/.book-built"),
    log:
        f"{LOGS}/book.log",
    shell:
        "echo 'building the book from these records';"
        " AACPY_RESULTS=$PWD/{RUNS} {JUPYTER_BOOK} build book/ --path-output {BOOK}"
        " > {log} 2>&1 && test -f {BOOK}/_build/html/index.html"
        " || {{ echo 'error: the book was not built; log: {log}'; tail -n 5 {log}; exit 1; }}"
