"""sentence-transformers, FAISS and transformers, by hand: the best span of all passages, none where null is better."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from protocol import NOTHING, Found, run

LONGEST = 30
"""Word pieces of an answer."""


def build(task: dict, work: Path) -> None:
    """Encode the passages and write the index."""
    import faiss
    from sentence_transformers import SentenceTransformer

    encoder = SentenceTransformer(task["encoder"], device="cpu")
    vectors = encoder.encode([passage["text"] for passage in task["passages"]], normalize_embeddings=True)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(work / "plain.faiss"))


def start(task: dict, work: Path) -> Callable[[str], Found]:
    """Open the index and the models."""
    import faiss
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    torch.set_num_threads(task["threads"])
    encoder = SentenceTransformer(task["encoder"], device="cpu")
    index = faiss.read_index(str(work / "plain.faiss"))
    tokenizer = AutoTokenizer.from_pretrained(task["reader"])
    model = AutoModelForQuestionAnswering.from_pretrained(task["reader"]).eval()
    passages = task["passages"]

    def answer(question: str) -> Found:
        _, (numbers,) = index.search(encoder.encode([question], normalize_embeddings=True), task["top_k"])
        chosen = [passages[number] for number in numbers if number >= 0]
        batch = tokenizer(
            [question] * len(chosen),
            [passage["text"] for passage in chosen],
            truncation="only_second",
            max_length=384,
            padding=True,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        offsets = batch.pop("offset_mapping")
        with torch.inference_mode():
            logits = model(**batch)
        best, found = 0.0, NOTHING
        for row, passage in enumerate(chosen):
            inside = torch.tensor([part == 1 for part in batch.encodings[row].sequence_ids])
            begin = logits.start_logits[row].masked_fill(~inside, -torch.inf)
            end = logits.end_logits[row].masked_fill(~inside, -torch.inf)
            null = logits.start_logits[row, 0] + logits.end_logits[row, 0]
            allowed = torch.ones(len(begin), len(end), dtype=torch.bool).triu().tril(LONGEST - 1)
            spans = (begin[:, None] + end[None, :] - null).masked_fill(~allowed, -torch.inf)
            score, place = spans.flatten().max(0)
            if score > best:
                first, last = divmod(int(place), spans.shape[1])
                at, to = int(offsets[row, first, 0]), int(offsets[row, last, 1])
                best, found = float(score), (passage["text"][at:to], passage["document"], passage["start"] + at)
        return found

    return answer


if __name__ == "__main__":
    run(["transformers", "sentence-transformers", "faiss-cpu"], build, start)
