"""sentence-transformers, FAISS and transformers, by hand: the best span of all passages, none where null is better."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from protocol import NOTHING, Found, run


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
    from spans import best_span
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
        best = best_span(tokenizer, model, question, [passage["text"] for passage in chosen])
        if best.score <= 0:
            return NOTHING
        passage = chosen[best.text]
        return passage["text"][best.start : best.end], passage["document"], passage["start"] + best.start

    return answer


if __name__ == "__main__":
    run(["transformers", "sentence-transformers", "faiss-cpu"], build, start)
