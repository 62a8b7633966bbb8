"""The images that a record's pseudo-labels and ranked lists are about."""

from __future__ import annotations

from aacpy.datasets import ReidDataset
from aacpy.errors import RecordError
from aacpy.loading import load_data
from aacpy.records import Record


def record_dataset(record: Record) -> ReidDataset:
    """The dataset a record was made on; a rendered benchmark is rendered unless it is there.

    Another machine may render a few bytes differently, so the fingerprint is not asked for here;
    identities, cameras and file names, which labels go by, are the same there.

    Raises
    ------
    RecordError
        If the run used a directory of its user's, or the benchmark does not have the record's
        images any more.
    """
    if record.config.data is not None:
        raise RecordError(
            f"{record.name} ran on a directory of its user's ({record.config.data}); its pictures "
            "are not here."
        )
    dataset = load_data(record.config, progress=False)
    for name, found in (
        ("train_images", len(dataset.train)),
        ("query_images", len(dataset.query)),
        ("gallery_images", len(dataset.gallery)),
    ):
        if found != record.dataset[name]:
            raise RecordError(
                f"{record.name}: ran on {record.dataset[name]} {name.replace('_', ' ')}, the "
                f"renderer now makes {found}. Run the cell again."
            )
    return dataset
