"""The workflow: data -> one run of notebooks/train.ipynb a cell -> records -> table -> book.

`make reproduce` runs it. By hand, with settings of its own:

    snakemake --cores 2 --ignore-incomplete --config grid=table1 preset=paper data=PATH seeds="0 1"

`grid` names cells in experiments.yaml; any setting of a run may be given beside it. A cell is
complete when its record exists, and nothing else makes it so. Records are written whole or not at
all, which is why `--ignore-incomplete` is safe; a stopped cell goes on from its checkpoint, which
is no output and therefore never deleted.
"""

import os
import shlex
import sys
from pathlib import Path

from aacpy.experiments.cells import check_stale, rendering, run_options
from aacpy.errors import AacpyError
from aacpy.files import data_root, project_root
from aacpy.experiments.grids import grid_configs
from aacpy.records import run_name

workdir: project_root()

# A run repeats exactly on one thread only; cells run side by side instead.
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

SETTINGS = {"grid": "table1", "preset": "pedestrians", **config}
try:
    CELLS = {run_name(cell): cell for cell in grid_configs(**SETTINGS)}
    check_stale(CELLS.values())
except AacpyError as error:
    print(f"error: {error}", flush=True)
    sys.exit(2)

RUNS = f"runs/{SETTINGS['preset']}"
BOOK = "runs/book"
LOGS = f"runs/logs/{SETTINGS['preset']}"
RENDERED = f"{data_root()}/.rendered"
PYTHON = shlex.quote(sys.executable)
JUPYTER_BOOK = shlex.quote(str(Path(sys.executable).with_name("jupyter-book")))

# What tables and pages are made with: a change there asks for a new table and book, never for runs.
SOURCES = sorted(
    str(path)
    for pattern in ("_config.yml", "aacpy/**/*.py", "book/*.*", "book/_*/*.*")
    for path in Path().glob(pattern)
    if "_build" not in path.parts
)

# Name of a rendered benchmark -> how it is rendered.
BENCHMARKS = {b.name: b for b in map(rendering, CELLS.values()) if b}


# The records stand here too: a table that exists would not ask for a record that was deleted.
rule all:
    input:
        expand(f"{RUNS}/{{run}}/record.json", run=CELLS),
        f"{RUNS}/table1.txt",
        f"{RUNS}/.book-built",


# The benchmark is rendered here, once a seed, so that the seed's cells do not race to render it.
rule data:
    output:
        f"{RENDERED}/{{benchmark}}.txt",
    log:
        f"{LOGS}/render-{{benchmark}}.log",
    params:
        options=lambda wildcards: BENCHMARKS[wildcards.benchmark].options,
    shell:
        "{PYTHON} -m aacpy render --quiet {params.options} > {output}.part 2> {log}"
        " || {{ echo \"error: rendering failed ({log}): $(grep -v '^ *$' {log} | tail -n 1)\"; exit 1; }};"
        " mv {output}.part {output}; echo \"rendered $(cat {output})\""


rule cell:
    input:
        lambda wildcards: [
            ancient(f"{RENDERED}/{benchmark.name}.txt")
            for benchmark in [rendering(CELLS[wildcards.run])]
            if benchmark
        ],
    output:
        f"{RUNS}/{{run,[^/]+}}/record.json",
    log:
        f"{LOGS}/{{run}}.log",
    params:
        folder=f"{RUNS}/{{run}}",
        options=lambda wildcards: run_options(CELLS[wildcards.run]),
        grid=" ".join(f"{RUNS}/{run}" for run in CELLS),
    shell:
        "start=$(date +%s);"
        " {PYTHON} -m papermill notebooks/train.ipynb {params.folder}/train.ipynb"
        " --no-progress-bar -p run_dir {params.folder} {params.options} > {log} 2>&1"
        " || {{ echo \"error: {wildcards.run} failed ({log}): $(grep -v '^ *$' {log} | tail -n 1)\"; exit 1; }};"
        " {PYTHON} -m aacpy.experiments.progress {params.grid} --done {params.folder}"
        " --slots {workflow.cores} --wall $(($(date +%s) - start))"


rule table:
    input:
        expand(f"{RUNS}/{{run}}/record.json", run=CELLS),
        SOURCES,
    output:
        f"{RUNS}/table1.txt",
    log:
        f"{LOGS}/table1.log",
    shell:
        "({PYTHON} -m aacpy results {RUNS} && echo &&"
        " {PYTHON} -m aacpy results --compare {RUNS} results) > {output}.part 2> {log}"
        " || {{ echo \"error: no table ({log}): $(grep -v '^ *$' {log} | tail -n 1)\"; exit 1; }};"
        " mv {output}.part {output}"


# A stamp, because the book's own index.html exists before the book is whole.
rule book:
    input:
        rules.table.output,
    output:
        touch(f"{RUNS}/.book-built"),
    log:
        f"{LOGS}/book.log",
    shell:
        "echo 'building the book from these records';"
        " AACPY_RESULTS=$PWD/{RUNS} {JUPYTER_BOOK} build book/ --path-output {BOOK}"
        " > {log} 2>&1 && test -f {BOOK}/_build/html/index.html"
        " || {{ echo 'error: the book was not built; log: {log}'; tail -n 5 {log}; exit 1; }}"
