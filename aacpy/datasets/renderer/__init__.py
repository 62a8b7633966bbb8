"""The renderer behind `aacpy.datasets.pedestrians`: people, places, cameras, files."""
