"""What reads files of samples: trainers' real loaders, and plain reading beside them, a program each.

A program has `out` (OUT as mmdata wrote it, its rows in `train/`) and `paths` (the files of rows), does `begin =
spent()` when all is imported, and yields the bytes of pictures of a sample after the other from `samples()`: as they
are, none decoded, and where rows name their pictures read from those files. All must come to the same.
"""

from peers import TORCHVISION
from shard_writers import OWN

OPENED = """
def opened(names):
    size = 0
    for name in names:
        with open(name, "rb") as file:
            size += len(file.read())
    return size
"""
PLAIN = """
begin = spent()
def samples():
    for path in paths:
        with open(path, "rb", buffering=0) as file:
            while block := file.read(1 << 20):
                yield 0
    yield EXPECTED
"""
FILES = (
    OPENED
    + """
begin = spent()
def samples():
    for path in files:
        yield opened([path])
"""
)
OURS = (
    OPENED
    + """
import pathlib
from mmdata.pipelines.shards import load_form
form = load_form(FORM)
begin = spent()
def size(value):
    if isinstance(value, dict):
        return len(value["bytes"])
    return len(value) if isinstance(value, bytes) else opened([value])
def samples():
    for path in paths:
        for row in form.read_rows(pathlib.Path(path)):
            held = row["images"] if "images" in row else row["jpg"]
            yield sum(map(size, held)) if isinstance(held, list) else len(held)
"""
)
LIST = (
    OPENED
    + """
begin = spent()
def samples():
    for path in paths:
        with open(path) as file:
            for row in json.load(file):
                yield opened(row["images"])
"""
)
LINES = (
    OPENED
    + """
begin = spent()
def samples():
    for path in paths:
        with open(path) as file:
            for line in file:
                yield opened(json.loads(line)["images"])
"""
)
DATASETS = (
    OPENED
    + """
import datasets
datasets.disable_progress_bars()
begin = spent()
def samples():
    for row in datasets.load_dataset("json", data_files=paths, split="train", streaming=STREAMING):
        yield opened(row["images"])
"""
)
PARQUET = """
import datasets
datasets.disable_progress_bars()
begin = spent()
def samples():
    rows = datasets.load_dataset("parquet", data_files=paths, split="train", streaming=STREAMING)
    plain = datasets.Features({**rows.features, "images": datasets.List(datasets.Image(decode=False))})
    for row in rows.cast(plain):
        yield sum(len(each["bytes"]) for each in row["images"])
"""
ARROW = """
import pyarrow.parquet as pq
begin = spent()
def samples():
    for path in paths:
        for batch in pq.ParquetFile(path).iter_batches(batch_size=100):
            for held in batch.column("images"):
                yield sum(each["bytes"].as_buffer().size for each in held)
"""
WEBDATASET = """
import webdataset
begin = spent()
def samples():
    for sample in webdataset.WebDataset(paths, shardshuffle=False):
        json.loads(sample["json"])
        yield len(sample["jpg"])
"""
ENERGON = """
from megatron.energon import Cooker, DefaultTaskEncoder, WorkerConfig, get_loader, get_train_dataset, stateless
class Chats(DefaultTaskEncoder):
    cookers = (Cooker(stateless(lambda sample: sample)),)
    decoder = None
    def batch(self, samples):
        return samples[0]
begin = spent()
def samples():
    config = WorkerConfig(rank=0, world_size=1, num_workers=0)
    told = {"batch_size": 1, "shuffle_buffer_size": None, "max_samples_per_sequence": None, "repeat": False}
    for sample in get_loader(get_train_dataset(out, worker_config=config, task_encoder=Chats(), **told)):
        json.loads(sample["json"])
        yield len(sample["jpg"])
"""
STREAMING = (
    TORCHVISION
    + """
from streaming import StreamingDataset
begin = spent()
def samples():
    for sample in StreamingDataset(local=out, split="train", batch_size=1, shuffle=False, num_canonical_nodes=1):
        yield len(sample["images"])
"""
)
LOCAL = (
    TORCHVISION
    + """
from streaming import LocalDataset
begin = spent()
def samples():
    read = LocalDataset(local=out, split="train")
    for number in range(len(read)):
        yield len(read[number]["images"])
"""
)


def _both(program: str) -> dict[str, str]:
    prepared, streamed = (program.replace("STREAMING", each) for each in ("False", "True"))
    return {"datasets, prepared first": prepared, "datasets, streamed": streamed}


READERS: dict[str, dict[str, tuple[str, str]]] = {
    "json": {
        "json.load": (OWN, LIST),
        **{name: ("swift", each) for name, each in _both(DATASETS).items()},
    },
    "jsonl": {
        "json.loads, line by line": (OWN, LINES),
        **{name: ("swift", each) for name, each in _both(DATASETS).items()},
    },
    "jsonl.zst": {name: ("swift", each) for name, each in _both(DATASETS).items()},
    "parquet": {
        "pyarrow": (OWN, ARROW),
        **{name: ("huggingface", each) for name, each in _both(PARQUET).items()},
    },
    "webdataset": {"webdataset.WebDataset": ("media_inside", WEBDATASET)},
    "energon": {"energon.get_loader": ("media_inside", ENERGON)},
    "mds": {
        "streaming.StreamingDataset": ("media_inside", STREAMING),
        "streaming.LocalDataset": ("media_inside", LOCAL),
    },
}
"""The loaders of each form: by what they are called, the environment that has them and the program."""
