"""txtai: Embeddings with content, and RAG over an extractive model, with a reference for each answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from protocol import NOTHING, Found, run


def build(task: dict, work: Path) -> None:
    """Embed the passages and save the index."""
    from txtai import Embeddings

    embeddings = Embeddings(path=task["encoder"], content=True, gpu=False)
    embeddings.index((number, passage["text"], None) for number, passage in enumerate(task["passages"]))
    embeddings.save(str(work / "txtai"))


def start(task: dict, work: Path) -> Callable[[str], Found]:
    """Load the index and the models."""
    import torch
    from txtai import RAG, Embeddings

    torch.set_num_threads(task["threads"])
    embeddings = Embeddings()
    embeddings.load(str(work / "txtai"))
    rag = RAG(
        embeddings, task["reader"], task="question-answering", context=task["top_k"], output="reference", gpu=False
    )
    passages = task["passages"]

    def answer(question: str) -> Found:
        (_, text, reference), *_ = rag([(None, question, question, False)])
        if not text:
            return NOTHING
        passage = passages[int(reference)]
        at = passage["text"].find(text)  # it gives no offsets: where the answer stands first, if it does at all
        return text, passage["document"], passage["start"] + at if at >= 0 else -1

    return answer


if __name__ == "__main__":
    run(["txtai", "transformers"], build, start)
