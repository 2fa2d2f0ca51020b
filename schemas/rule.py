"""Rules: the named faults of labels, pictures and samples. Lint reports them, conversion rejects by them."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
Fixing = Literal["none", "safe", "unsafe"]
Status = Literal["stable", "preview", "deprecated"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One named fault.

    `code` is two letters and three digits and is never used again; `name` reads after "allow …".
    `choice` marks what is left out because an option says so (crowds, caps, duplicates): counted and listed like
    everything left out, but no sign of bad data, so `--max-rejected` does not count it.
    `fix` is the safest fix that lint can offer; `preview` rules run when they are selected by name or code.
    """

    code: str
    name: str
    severity: Severity
    remedy: str
    choice: bool = False
    fix: Fixing = "none"
    status: Status = "stable"


def _index(*rules: Rule) -> dict[str, Rule]:
    return {rule.code: rule for rule in rules}


def _error(code: str, name: str, remedy: str, fix: Fixing = "none") -> Rule:
    return Rule(code, name, "error", remedy, fix=fix)


def _warning(code: str, name: str, remedy: str, fix: Fixing = "none") -> Rule:
    return Rule(code, name, "warning", remedy, fix=fix)


def _info(code: str, name: str, remedy: str, fix: Fixing = "none") -> Rule:
    return Rule(code, name, "info", remedy, fix=fix)


def _choice(code: str, name: str, remedy: str, fix: Fixing = "none") -> Rule:
    return Rule(code, name, "warning", remedy, choice=True, fix=fix)


def _filter(code: str, name: str, remedy: str) -> Rule:
    """What a recipe leaves out; lint counts it where it is selected by its whole code or name."""
    return Rule(code, name, "info", remedy, choice=True, status="preview")


RULES = _index(
    # AN: what the source says
    _error("AN001", "invalid-file", "Repair the file at that place, or export it again from the labelling tool."),
    _error("AN002", "duplicate-json-key", "Keep one of the two: parsers take the last and say nothing."),
    _error("AN003", "non-finite-number", "Write a finite number, or delete the annotation in the labelling tool."),
    _error("AN004", "wrong-type", "Correct the value's type in the source file.", "unsafe"),
    _error("AN005", "duplicate-annotation-id", "Give every annotation its own id; evaluators lose one of two.", "safe"),
    _warning("AN006", "annotation-id-zero", "Number annotations from 1: evaluators take 0 for 'no match'.", "safe"),
    _error("AN007", "duplicate-image-id", "Give every image its own id; the boxes cannot be told apart."),
    _error("AN008", "duplicate-file-name", "Merge the entries: each shows the model half of the objects.", "unsafe"),
    _error("AN009", "orphan-annotation", "Add the image to the file's image list, or delete the annotation.", "unsafe"),
    _error("AN010", "unknown-category", "Add it to the file's list of categories, or to the project's label config."),
    _error("AN011", "duplicate-category", "Merge the categories that bear one name.", "unsafe"),
    _warning("AN012", "untidy-category-name", "Name it, and always in the same letters, as a model reads.", "safe"),
    Rule("AN013", "sparse-category-ids", "info", "Take them for names, never for indexes.", status="preview"),
    _info("AN014", "unused-category", "Leave it off the list, or annotate some: nothing is learnt of it."),
    _choice("AN015", "unannotated-image", "Declare it a negative with --negatives N, or leave it out."),
    _choice("AN016", "crowd-annotation", "Keep crowds with --crowd keep.", "unsafe"),
    _choice("AN017", "unfinished-task", "Finish it, or let it in with --include drafts, skipped or predictions."),
    _choice("AN018", "annotators-disagree", "Choose with --annotators latest|ground-truth|all|consensus."),
    _error("AN019", "class-index-out-of-range", "Give the class a name in the names file, or correct the index."),
    _warning("AN020", "voc-size-missing", "The picture's own size was taken.", "safe"),
    _choice("AN021", "difficult-annotation", "Keep them with --difficult keep."),
    _choice("AN022", "unused-annotation", "Choose a --task that uses it, or a project with a control for it."),
    _error("AN023", "missing-field", "Fill in the field, or delete the entry in the labelling tool."),
    _choice("AN024", "answer-cap", "Choose the most that an answer names with --max-objects; 0 is no cap."),
    _warning("AN025", "file-name-differs", "Correct <filename>, or rename the annotation file after its picture."),
    _warning("AN026", "foreign-file", "It was not read; convert it by its own format, or move it away."),
    _error("AN027", "missing-annotation-file", "Add the annotation file, or take the name off the list."),
    _warning("AN028", "box-from-mask", "The box around the mask was taken; draw boxes where they should be others."),
    _warning("AN029", "labels-not-exhaustive", "Ask no --negatives and no counts: what is not labelled may be there."),
    _choice("AN030", "stuff-segment", "Keep stuff (sky, road) with --stuff keep."),
    _choice("AN031", "no-place-in-table", "Nothing to do: spans of text and the like are counted, and not carried."),
    _warning("AN032", "frame-rate-assumed", "Give --config: its <Video> tag says the frameRate of frame numbers."),
    _filter("AN033", "unwanted-label", "Change labels or drop_labels under keep in the recipe."),
    _filter("AN034", "unwanted-picture-size", "Change the sides or pixels of pictures under keep in the recipe."),
    _filter("AN035", "unwanted-object-size", "Change the areas of objects under keep in the recipe."),
    _filter("AN036", "unwanted-script", "Change scripts under keep in the recipe."),
    _filter("AN037", "unwanted-text-length", "Change the lengths of texts under keep in the recipe."),
    _filter("AN038", "unwanted-finding", "Mend what lint finds, or take the code out of keep in the recipe."),
    # GE: boxes
    _error("GE001", "empty-box", "Redraw the box, or delete it: it has no area.", "unsafe"),
    _error("GE002", "inverted-box", "Swap the corners in the source file.", "unsafe"),
    _error("GE003", "box-outside-image", "Check the picture's size and the box's unit: nothing is inside.", "unsafe"),
    _warning("GE004", "box-over-edge", "Clip it to the picture, which conversion does.", "safe"),
    _error("GE005", "corners-in-size-field", "Write width and height: these numbers are corners.", "unsafe"),
    _error("GE006", "wrong-unit", "Divide by the picture's width and height: the format has fractions, 0 to 1."),
    _warning("GE007", "vanishing-box", "Tile the picture, raise --max-pixels, or leave the box out.", "unsafe"),
    _info("GE008", "whole-image-box", "Ask about the picture instead, or draw where the thing is."),
    _info("GE009", "extreme-aspect", "Look at it: a slip in one number makes such boxes."),
    _error("GE010", "wrong-grid-for-model", "Convert it anew for this model, or say which one with --as.", "safe"),
    _error("GE011", "stale-resize", "Train with the pixels that the boxes were made for, or convert it anew.", "safe"),
    _error("GE012", "size-mismatch", "Check --images: these are other pictures, or resized ones."),
    _error("GE013", "size-transposed", "Exchange the two, or turn the boxes: look at some with mmdata report."),
    _warning("GE014", "rotation-lost", "Keep the rotation with --rotated quad and a target that has four corners."),
    _error("GE015", "broken-polygon", "Draw it anew: a polygon has three points or more, two numbers each."),
    _warning("GE016", "box-not-hull", "Compute the box from the outline: one of the two is stale.", "safe"),
    _info("GE017", "wrong-area", "Compute it again: evaluation sorts objects by it.", "safe"),
    _warning("GE018", "duplicate-box", "Keep one: a model that is trained on repetition learns to loop.", "safe"),
    _warning("GE019", "two-labels-one-box", "Decide for one label, or ask for the two by different questions."),
    _info("GE020", "grid-collision", "Tile the picture: the model's grid is too coarse for these boxes."),
    _error("GE021", "broken-mask", "Export the masks again: the runs or pixels are not those of the picture."),
    _error("GE022", "keypoint-outside", "Check the points and the picture's size: one lies outside the picture."),
    _error("GE023", "keypoint-count", "Give as many points as the category has names of points."),
    # IM: picture files
    _error("IM001", "missing-image", "Check --images: it is the folder under which the file names stand."),
    _error("IM002", "truncated-image", "Fetch the picture again: it ends in the middle."),
    _warning(
        "IM003",
        "wrong-extension",
        "Rename it, or keep such pictures with --wrong-extension keep: trainers go by the bytes.",
        "unsafe",
    ),
    _warning(
        "IM004", "exif-rotated", "Write it upright, which conversion does: boxes are in the upright frame.", "unsafe"
    ),
    _error("IM005", "oversized-image", "Scale it down: Pillow and the trainers refuse pictures of this many pixels."),
    _warning("IM006", "unusual-mode", "Convert it to 8-bit RGB.", "unsafe"),
    _warning("IM007", "animated", "Save the frame that was labelled: trainers see the first one.", "unsafe"),
    _error("IM008", "impossible-shape", "Leave it out: no vision tower takes such a shape."),
    _warning("IM009", "heavy-downscale", "Tile the picture, or raise --max-pixels: small things vanish."),
    _info("IM010", "low-information", "Look at it: there is little on it that could be learned."),
    _warning(
        "IM011", "unportable-path", "Name it relative, with /, as it is spelt on disk; or move the picture.", "safe"
    ),
    _warning("IM012", "remote-image", "Download the pictures and name their folder with --images."),
    _warning("IM013", "location-in-exif", "Take the position out of the file before it is passed on.", "safe"),
    _error("IM014", "unreadable-image", "Convert it to JPEG or PNG."),
    _error("IM017", "heavy-file", "Write it smaller: the service passes over pictures of more bytes."),
    # CV: conversations
    _error("CV001", "empty-conversation", "Leave the sample out: the trainer stops at a list without turns.", "safe"),
    _error("CV002", "unknown-role", "Name the role as the trainer knows it; see the message.", "safe"),
    _error("CV003", "roles-out-of-order", "Let user and assistant take turns, the user first."),
    _error("CV004", "no-answer", "End with an answer: without one nothing is trained.", "unsafe"),
    _error("CV005", "empty-turn", "Give the turn its words, or leave it out.", "unsafe"),
    _error("CV006", "image-count-mismatch", "Write one tag where each of the listed files is to be shown."),
    _warning("CV007", "image-late", "Show the picture in the first question: some trainers move it there, unseen."),
    _warning("CV008", "duplicate-sample-id", "Give every sample its own id.", "safe"),
    _error("CV009", "answer-not-parsable", "Write the boxes of an answer as one list of valid JSON."),
    _info("CV010", "unordered-boxes", "Keep one order in all answers, or none in any.", "safe"),
    _error("CV011", "document", "Give it to a target that carries documents: obelics, segments, emu3 or openflamingo."),
    # TG, TK: text and length
    _error("TG001", "unclosed-tag", "Close the tag, or delete it."),
    _error("TG002", "crossed-tags", "Close each tag before the next one opens."),
    _error("TG003", "malformed-box", "Write (x1,y1),(x2,y2) in whole numbers without spaces.", "safe"),
    _error("TG004", "box-out-of-range", "Keep coordinates from 0 to 999: thousandths of the picture's sides.", "safe"),
    _error("TG005", "box-inverted-in-text", "Swap the corners: the left top one comes first.", "unsafe"),
    _warning("TG006", "half-a-grounding-pair", "Write <ref>words</ref> right before its box, nothing between."),
    _error("TG007", "empty-ref", "Say what the box holds, or leave the ref out."),
    _error("TG008", "reserved-text", "Rename the label, or let mmdata blunt it with --reserved-text blunt.", "unsafe"),
    _error("TG009", "mixed-dialect", "Use the marks of the model that is trained, and no other's.", "safe"),
    _error(
        "TG010", "picture-numbers", "Write 'Picture N: ' before each picture, from 1 on in the conversation.", "safe"
    ),
    _warning("TG011", "no-newline-after-image", "Put a line break after </img>, as the trainer's examples do.", "safe"),
    _error("TG012", "image-path-too-long", "Shorten the path, or use --image-root: Qwen-VL takes 254 bytes of UTF-8."),
    _warning("TG013", "image-in-answer", "Move the picture into the question: the model cannot answer with one."),
    _info("TG014", "ref-not-a-known-label", "Correct it if it is a slip: a label that is nearly like it is common."),
    _warning("TG015", "untidy-text", "Clean the text: the model would be trained on the damage.", "safe"),
    _warning("TG016", "answer-in-question", "Ask without the box: the model would learn to copy it."),
    _error("TG020", "not-carried", "Choose a target that carries it, or leave it out; see mmdata targets."),
    _error("TK001", "over-model-max-length", "Raise --max-length, or lower --max-objects.", "unsafe"),
    _error("TK002", "answer-cut-away", "Raise the trainer's length, or leave it out: it trains nothing.", "unsafe"),
    _error("TK003", "image-tokens-cut", "Raise the trainer's length, or lower its --max-pixels."),
    _info("TK004", "estimated-length", "Install the extra that counts: pip install 'mmdata[tokens]'."),
    _info("TK005", "length-outlier", "Look at it: a log or a whole page among short answers is often a slip."),
    _error("TK006", "mask-mismatch", "Write the words otherwise: the trainer's own search for answers stops at them."),
    _error("TK007", "over-service-length", "Shorten it: the service cuts what is longer and says nothing."),
    # SH: files of samples
    _error("SH001", "no-manifest", "Build it again: without a manifest it was never finished."),
    _error("SH002", "checksum-mismatch", "Build it again, or fetch the file again: it is not what was written."),
    _error("SH003", "row-count-mismatch", "Build it again: the file holds more or fewer samples than were written."),
    _error("SH004", "torn-shard", "Write or fetch the file again: it ends in the middle."),
    _error("SH005", "missing-shard", "Bring the file back, or build again."),
    _warning("SH006", "row-group-too-big", "Write smaller row groups: the Hub shows none over 300 MB.", "safe"),
    _info("SH007", "uneven-shards", "Cut by --max-shard-samples, so that no worker waits for the last."),
    _warning("SH008", "stale-build", "Build it again: its input is another now."),
    _error("SH009", "dot-in-key", "Leave dots out of keys: loaders end the key at the first one.", "safe"),
    _error("SH010", "scattered-members", "Let the files of one sample stand side by side.", "safe"),
    _info("SH011", "leftover-staging", "Delete it, or run the build again, which does.", "safe"),
    _warning("SH012", "order-not-reproducible", "Sort the inputs and fix the seed: the same build gave other bytes."),
    _warning("SH013", "over-service-limit", "Divide it with --split, or take fewer: it refuses or drops more."),
    _warning("SH014", "too-few-samples", "Add samples: the service takes no file with fewer."),
    _error("SH015", "duplicate-key", "Give every sample a key of its own: joined shards make one of two."),
    _warning("SH016", "unlisted-file", "Move it out: readers that take whole folders take it too.", "safe"),
    # SP: splits
    _error("SP001", "image-in-two-splits", "Keep it in one split: what was trained on measures nothing."),
    _warning("SP002", "near-duplicate-across-splits", "Look at the two; keep pictures of one scene in one split."),
    _choice("SP003", "group-in-two-splits", "Keep what belongs together in one split: --group-by, or another ledger."),
    _warning("SP004", "text-across-splits", "Keep it in one split, or word one of the two anew."),
    _warning("SP005", "class-missing-in-split", "Split anew, or add pictures: it is not trained, or not measured."),
    _info("SP006", "label-drift", "Split anew at random, or know why the splits differ."),
    _choice("SP007", "benchmark-contamination", "Leave the picture out: results on that benchmark would not count."),
    _choice("SP008", "not-given-by-weight", "Nothing need be done; with a weight of 1 or more every record is given."),
    # DU: duplicates
    _choice("DU001", "duplicate-image", "One copy was kept; see --dedup."),
    Rule("DU002", "same-pixels", "info", "Keep one of the two files: they show the same, pixel by pixel.", choice=True),
    Rule("DU003", "near-duplicate", "info", "Look at the two; keep one if the other teaches no more.", choice=True),
    _warning("DU004", "duplicate-sample", "Keep one: the model sees it twice as often as the rest.", "safe"),
    _choice("DU005", "contradicting-duplicates", "Same picture, other labels: look at both and correct one."),
    Rule(
        "DU006",
        "near-duplicate-text",
        "info",
        "Look at the two; keep one if the other says no more. See --dedup-text.",
        choice=True,
        status="preview",
    ),
    # BA: balance
    _warning("BA001", "rare-class", "Add examples, or merge the class: so few teach nothing."),
    _warning("BA002", "imbalance", "Add to the rare classes, or cap the common ones."),
    _warning("BA003", "dominant-answer", "Balance the answers: the model learns to say this one."),
    _warning("BA004", "no-negatives", "Add questions about things that are not there; see --negatives."),
    _info("BA005", "position-bias", "Add pictures where the things are elsewhere, or crop differently."),
    _info("BA006", "one-template", "Ask in several ways; see --templates."),
    # SE: safety
    _error("SE001", "path-escapes-root", "Move the picture under --images; no path may leave that folder."),
    _error("SE002", "private-url", "Download the picture: this address means another machine for everyone else."),
    _warning("SE003", "secret-in-data", "Revoke it, then take it out: who has the data set has it too."),
    _warning("SE004", "spreadsheet-formula", "Put ' before the cell: a spreadsheet runs it as a formula.", "unsafe"),
    # LI: lint itself
    _warning("LI001", "unused-ignore", "Take the ignore out: it hides nothing now, and may later.", "safe"),
)
"""Every rule by code: the one registry of lint and conversion."""


def rule(code: str) -> Rule:
    """The rule of that code; `KeyError` when there is none."""
    return RULES[code]
