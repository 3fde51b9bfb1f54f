"""Whether a question asks for one answer or for several."""

from __future__ import annotations

import re

_PLURAL = r"(?!(?:was|is|has|does|series|news)\b)(?:[a-z-]+[^s’'iu\W]s|people|men|women|children|police)"
_NUMBER = r"(?:two|three|four|five|six|seven|eight|nine|ten|\d\d?|several|other)"
_AFTER = r"(?:are|were|do|did|have|had|can|could|will|would|should|may|might|must|\w+ed)"
_SEVERAL = re.compile(
    rf"^(?:(?:in|at|on|by|for|to|from|with|of)\s+)?(?:what|which)\s+"
    rf"(?:{_NUMBER}\s+\w|(?:[\w’'-]+\s+){{0,3}}?{_PLURAL}\s+{_AFTER}\b)"
    r"|^(?:who|what|which)(?:\s+\w+ly)?\s+(?:are|were)\b(?!\s+you\b)"
    r"|^who(?:\s+(?:all|else))?\s+(?:attend|join|participat|took part|sign|gather|compet)"
    r"|^(?:what|who|where)\s+else\b"
    r"|^(?:please\s+)?(?:name|list|tell me all)\b"
    r"|^what\s+(?:did|does|do|has|have|had)\s+.+\b(?:say|said|tell|told|think|want|demand|ask for|call for|promise)\b",
    re.IGNORECASE,
)


def asks_for_several(question: str) -> bool:
    """Tell whether more than one answer may be wanted, by the form of an English question.

    >>> asks_for_several("Which unions did the mayor meet?"), asks_for_several("Who attended the meeting?")
    (True, True)
    >>> asks_for_several("Which union does he lead?"), asks_for_several("What does this mean?")
    (False, False)
    """
    return bool(_SEVERAL.match(question.strip()))
