"""What writes files of samples beside mmdata: a program each, in the words of its library.

A program has `files` (paths of pictures), `said` (a conversation) and `out` (an empty folder), and does `begin =
spent()` when all is imported. `Hashed` is a file whose bytes are hashed by sha256 as they are written and that is on
the disk when it is closed, as ours are.
"""

from peers import TORCHVISION

HASHED = """
import hashlib
class Hashed:
    def __init__(self, path):
        self.file, self.hash = open(path, "wb", buffering=1 << 20), hashlib.sha256()
        self.closed = False
    def write(self, data):
        self.hash.update(data)
        return self.file.write(data)
    def tell(self):
        return self.file.tell()
    def flush(self):
        self.file.flush()
    def close(self):
        if not self.closed:
            self.file.flush()
            os.fsync(self.file.fileno())
            self.file.close()
            self.closed = True
"""
TAR = """
def header(name, size):
    head = b"%b%b%b%b%b%011o\\x00%011o\\x00        0%b" % (
        name.ljust(100, b"\\0"), b"0000644\\0", b"0000000\\0", b"0000000\\0", b"", size, 0, bytes(100)
    )
    head = (head + b"ustar\\x0000").ljust(512, b"\\0")
    return head[:148] + b"%06o\\0 " % sum(head) + head[156:]
def put(name, data):
    file.write(header(name, len(data)))
    file.write(data)
    file.write(bytes(-len(data) % 512))
begin = spent()
with FILE as file:
    for number, path in enumerate(files):
        put(b"%09d.json" % number, json.dumps({"id": str(number), **said}).encode())
        with open(path, "rb") as picture:
            put(b"%09d.jpg" % number, picture.read())
    file.write(bytes(10240))
"""
ARROW = """
import pyarrow as pa, pyarrow.parquet as pq
picture = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
schema = pa.schema([("id", pa.string()), ("said", pa.string()), ("images", pa.list_(picture))])
begin = spent()
def held(path):
    with open(path, "rb") as file:
        return [{"bytes": file.read(), "path": os.path.basename(path)}]
file = FILE
others = ["id", "said", "images.list.element.path"]
coded = {"images.list.element.bytes": "NONE", **dict.fromkeys(others, "ZSTD")}
with pq.ParquetWriter(file, schema, compression=coded, use_dictionary=others, write_statistics=others) as writer:
    for first in range(0, len(files), 100):
        some = files[first : first + 100]
        columns = [[str(first + at) for at in range(len(some))], [json.dumps(said)] * len(some), list(map(held, some))]
        writer.write_batch(pa.record_batch([pa.array(*each) for each in zip(columns, schema.types)], schema=schema))
file.close()
"""
DATASETS = """
import datasets
from datasets.table import embed_table_storage
datasets.disable_progress_bars()
begin = spent()
columns = {"id": datasets.Value("string"), "said": datasets.Value("string"), "image": datasets.Image()}
names = {"id": [str(number) for number in range(len(files))], "said": [json.dumps(said)] * len(files), "image": files}
made = datasets.Dataset.from_dict(names, datasets.Features(columns)).with_format("arrow")
made = made.map(embed_table_storage, batched=True, batch_size=100)  # else paths alone are written
made.to_parquet(out + "/0.parquet")
"""
TAR_WRITER = """
import webdataset, subprocess, sys, pathlib
begin = spent()
os.mkdir(out + "/train")
with webdataset.TarWriter(out + "/train/0.tar") as writer:
    for number, path in enumerate(files):
        with open(path, "rb") as file:
            writer.write({"__key__": f"{number:09d}", "json": {"id": str(number), **said}, "jpg": file.read()})
"""
PREPARE = """
energon = pathlib.Path(sys.executable).with_name("energon")
words = ["prepare", out, "--non-interactive", "--num-workers", "1", "--split-parts", "train:train/.*"]
subprocess.run([energon, *words, "--sample-type", "CrudeWebdataset"], check=True, stdout=subprocess.DEVNULL)
"""
MDS_WRITER = (
    TORCHVISION
    + """
from streaming import MDSWriter
begin = spent()
columns = {"id": "str", "conversation": "json", "images": "bytes"}
with MDSWriter(columns=columns, out=out + "/mds", hashes=["sha256"], size_limit=512_000_000) as writer:
    for number, path in enumerate(files):
        with open(path, "rb") as file:
            writer.write({"id": str(number), "conversation": said, "images": file.read()})
"""
)
LINES = """
begin = spent()
with open(out + "/0.jsonl", "w") as file:
    for number, path in enumerate(files):
        file.write(json.dumps({"id": str(number), **said, "images": [path]}) + "\\n")
"""
COPY = """
import subprocess
begin = spent()
subprocess.run(["cp", "-r", os.path.dirname(files[0]), out + "/copied"], check=True)
"""
SYNC = """
for each in os.scandir(out + "/copied"):
    descriptor = os.open(each.path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
"""


def into(program: str, path: str, hashed: bool) -> str:
    """The program, writing that file of OUT, hashed or not."""
    made = f'Hashed(out + "/{path}")' if hashed else f'open(out + "/{path}", "wb", buffering=1 << 20)'
    closing = made if not hashed else f"__import__('contextlib').closing({made})"
    return HASHED + program.replace("with FILE", f"with {closing}").replace("FILE", made)


OWN = ""
"""The environment of what mmdata itself needs: Python, pyarrow."""

WRITERS: dict[str, tuple[str, str, str]] = {
    "cp": ("pictures", OWN, COPY),
    "cp and fsync": ("pictures", OWN, COPY + SYNC),
    "json.dumps": ("jsonl", OWN, LINES),
    "pyarrow": ("parquet", OWN, into(ARROW, "0.parquet", hashed=False)),
    "pyarrow, sha256 and fsync": ("parquet", OWN, into(ARROW, "0.parquet", hashed=True)),
    "datasets.to_parquet": ("parquet", "huggingface", DATASETS),
    "a tar by hand": ("webdataset", OWN, into(TAR, "0.tar", hashed=False)),
    "a tar by hand, sha256 and fsync": ("webdataset", OWN, into(TAR, "0.tar", hashed=True)),
    "webdataset.TarWriter": ("webdataset", "media_inside", TAR_WRITER),
    "TarWriter and energon prepare": ("energon", "media_inside", TAR_WRITER + PREPARE),
    "streaming.MDSWriter, which takes sha256": ("mds", "media_inside", MDS_WRITER),
}
"""By what they are called: the form that they write, the environment that has them, the program."""
