"""A picture's text alternative, composed from what the analysis found."""

from collections.abc import Sequence

from pipeline.facts import Face, Label, Text
from pipeline.text import is_unseen

__all__ = ["LONGEST", "composed"]

LONGEST = 140
"""Characters of a composed text, at most: screen readers read a text to its end."""

_SURE = 70.0
"""The confidence, 0 to 100, from which a label is stated as a fact."""
_SEEN = 80.0
"""The same of a face or a line of text."""
_LINE_HEIGHT = 0.04
"""The least height of a prominent line, as a fraction of the picture's."""
_THINGS = 3
"""Labels that are named, at most."""
_NAMED = 60
"""Characters of a label's name, at most; no label of Rekognition's is as long."""
_QUOTED = 60
"""Characters of the picture's own text that are quoted, at most."""

_CHILDREN = frozenset(("Baby", "Boy", "Child", "Girl", "Kid", "Newborn"))
_PEOPLE = _CHILDREN | frozenset(
    (
        *("Adult", "Audience", "Bride", "Bridegroom", "Crowd", "Face", "Family", "Female", "Groom"),
        *("Group Shot", "Happy", "Head", "Human", "Lady", "Male", "Man", "People", "Person"),
        *("Portrait", "Selfie", "Smile", "Teen", "Woman"),
    )
)
"""Labels that the count of people covers."""
_PLACES = {"Outdoors": "an outdoor scene", "Indoors": "an indoor scene", "Nature": "a nature scene"}
"""Labels that are named only if nothing else is."""
_UNSAID = frozenset(("Art", "Image", "Nude", "Photo", "Photography", "Picture"))
_WRITING = frozenset(
    (
        *("Advertisement", "Document", "Handwriting", "Letter", "Number", "Page", "Paper"),
        *("Symbol", "Text", "Word"),
    )
)
"""Labels that the quoted text covers."""

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_PROPER = frozenset(
    (
        *("Afghan", "African", "Alaskan", "Alpine", "American", "Arabian", "Asian", "Australian"),
        *("Bernese", "Boston", "Brussels", "Chesapeake", "Chihuahua", "Christmas", "Dalmatian"),
        *("Dane", "Dutch", "Easter"),
        *("Egyptian", "English", "European", "French", "German", "Halloween"),
        *("Indian", "Irish", "Italian", "Japanese", "Labrador", "Maltese", "Mexican", "Nile"),
        *("Norwegian", "Persian", "Polaroid", "Saharan", "Scottish", "Siamese", "Siberian"),
        *("Staffordshire", "Swiss", "Tibetan", "Welsh", "Yorkshire"),
    )
)
"""Words of labels that keep their capital."""
_UNCOUNTED = frozenset(
    (
        *("alcohol", "armor", "art", "beer", "bread", "cattle", "chocolate", "clothing", "coffee"),
        *("cookware", "corn", "cosmetics", "dirt", "dough", "electronics", "espresso", "fire"),
        *("flora", "fog", "food", "footwear", "fruit", "fungus", "furniture", "glass", "grass"),
        *("gravel", "guacamole", "hay", "ice", "jewelry", "juice", "land", "lighting"),
        *("machinery", "mail", "meat", "milk", "mist", "money", "mud", "music", "nature", "paper"),
        *("pasta", "people", "perfume", "pizza", "plywood", "produce", "rain", "rapeseed", "rice"),
        *("rust", "sand", "scenery", "sea", "sheep", "sky", "smoke", "snow", "soil", "soup"),
        *("syrup", "tea", "tennis", "text", "vegetation", "water", "weather", "wine", "wood"),
    )
)
"""The last words of labels that take no article."""
_COUNTED_IN_ING = frozenset(
    (
        *("building", "ceiling", "drawing", "earring", "evening", "king", "painting", "parking"),
        *("railing", "ring", "spring", "string", "swing", "wedding", "wing"),
    )
)
_SINGULAR_IN_S = ("ss", "us", "is", "lens", "gas", "chess")


def composed(labels: Sequence[Label], faces: Sequence[Face], text: Sequence[Text]) -> str | None:
    """What a picture shows, in a phrase of at most `LONGEST` characters without a full stop; None
    if the analysis found nothing to tell.

    It counts people, names the three most specific things, and quotes what is written large. Labels
    that the analysis is not sure of come only where there is nothing else, after `perhaps`. It
    names nobody: celebrities are not among what it is given.
    """
    labels = [label for label in labels if 0 < len(label["name"].strip()) <= _NAMED]
    quote = _quote(text)
    people = _people(labels, faces)
    parts = [*([people] if people else []), *_things(labels, written=bool(quote))]
    if not parts and not quote:
        parts = _fallback(labels)
    room = LONGEST - (len(_said("", quote)) if quote else 0)
    while len(_listed(parts)) > room and len(parts) > 1:
        parts.pop()
    said = _said(_listed(parts), quote)
    return f"{said[0].upper()}{said[1:]}" if said else None


def _people(labels: Sequence[Label], faces: Sequence[Face]) -> str:
    names = {label["name"] for label in labels if label["confidence"] >= _SURE}
    count = sum(face["confidence"] >= _SEEN for face in faces)
    if count > 1:
        return f"{_NUMBERS[count] if count < len(_NUMBERS) else count} people"
    if "Crowd" in names:
        return "a crowd"
    if names & _CHILDREN:
        return "a baby" if names & {"Baby", "Newborn"} else "a child"
    if count == 1 or names & _PEOPLE:
        return "a person"
    return ""


def _things(labels: Sequence[Label], *, written: bool) -> list[str]:
    parents = {parent for label in labels for parent in label.get("parents", ())}
    covered = _PEOPLE | _UNSAID | frozenset(_PLACES) | (_WRITING if written else frozenset())
    sure = [
        label
        for label in labels
        if label["confidence"] >= _SURE
        and label["name"] not in covered
        and label["name"] not in parents
        and not _PEOPLE.intersection(label.get("parents", ()))
    ]
    return [_named(label) for label in sure[:_THINGS]]


def _fallback(labels: Sequence[Label]) -> list[str]:
    """What can be told where no thing is certain: the place, else the likeliest thing."""
    for label in labels:
        if label["confidence"] >= _SURE and label["name"] in _PLACES:
            return [_PLACES[label["name"]]]
    covered = _PEOPLE | _UNSAID | frozenset(_PLACES)
    perhaps = [label for label in labels if label["name"] not in covered]
    if not perhaps:
        return []
    # Of equals the more specific.
    likeliest = max(perhaps, key=lambda each: (each["confidence"], len(each.get("parents", ()))))
    sure = likeliest["confidence"] >= _SURE
    return [_named(likeliest) if sure else f"perhaps {_named(likeliest)}"]


def _named(label: Label) -> str:
    """The label as a noun in a sentence. Labels are in the singular with capitals; a landmark's is
    a name."""
    if "Landmark" in label.get("parents", ()):
        return label["name"]
    words = [
        word if word in _PROPER or word.isupper() or not word.istitle() else word.lower()
        for word in label["name"].split()
    ]
    noun = " ".join(words)
    last = words[-1].lower()
    plural = last.endswith("s") and not last.endswith(_SINGULAR_IN_S)
    doing = last.endswith("ing") and last not in _COUNTED_IN_ING
    if plural or doing or last in _UNCOUNTED:
        return noun
    return f"{_article(words[0])} {noun}"


def _article(word: str) -> str:
    if word.isupper() and len(word) > 1:
        return "an" if word[0] in "AEFHILMNORSX" else "a"
    begin = word.lower()
    if begin.startswith(("eu", "one", "uni", "use", "uten")):
        return "a"
    return "an" if begin[0] in "aeiou" or begin.startswith(("hour", "heir")) else "a"


def _listed(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _quote(text: Sequence[Text]) -> str:
    """The lines that are written large, in the order in which they were read."""
    lines = [
        line["text"]
        for line in text
        if line["confidence"] >= _SEEN and line["box"]["height"] >= _LINE_HEIGHT
    ]
    seen = "".join(" " if is_unseen(letter) else letter for letter in " ".join(lines))
    whole = " ".join(seen.replace('"', "'").split())
    if len(whole) <= _QUOTED:
        return whole
    cut = whole[: _QUOTED - 1]
    return f"{cut.rsplit(' ', 1)[0]}\u2026"


def _said(things: str, quote: str) -> str:
    if not quote:
        return things
    written = f'the text "{quote}"'
    return f"{things}, with {written}" if things else written
