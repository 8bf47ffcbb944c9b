"""Twenty English verbs in five tenses and three persons, each with its Spanish form: 300 rows.

`verbs.csv` is the data, `generate.py` writes it, `manifest.json` says what it holds and what a split of
it leaks.
"""

from minimodel.corpus.encoders import TenseDataset, bayes_ceiling, shared_forms, tense_dataset
from minimodel.corpus.table import PERSONS, TENSES, Row, load_verbs

__all__ = [
    "PERSONS",
    "TENSES",
    "Row",
    "TenseDataset",
    "bayes_ceiling",
    "load_verbs",
    "shared_forms",
    "tense_dataset",
]
