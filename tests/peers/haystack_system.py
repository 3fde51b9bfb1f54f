"""Haystack 3: a pipeline of text embedder, FAISS retriever and extractive reader, with the defaults of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from protocol import NOTHING, Found, run

DIMENSIONS = 384


def build(task: dict, work: Path) -> None:
    """Embed the passages and save the store."""
    from haystack import Document
    from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersDocumentEmbedder
    from haystack_integrations.document_stores.faiss import FAISSDocumentStore

    documents = [
        Document(content=passage["text"], meta={"document": passage["document"], "start": passage["start"]})
        for passage in task["passages"]
    ]
    embedder = SentenceTransformersDocumentEmbedder(model=task["encoder"], progress_bar=False)
    store = FAISSDocumentStore(index_path=str(work / "haystack"), embedding_dim=DIMENSIONS)
    store.write_documents(embedder.run(documents)["documents"])
    store.save(work / "haystack")


def start(task: dict, work: Path) -> Callable[[str], Found]:
    """Load the store and the models."""
    import torch
    from haystack import Pipeline
    from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersTextEmbedder
    from haystack_integrations.components.readers.transformers import TransformersExtractiveReader
    from haystack_integrations.components.retrievers.faiss import FAISSEmbeddingRetriever
    from haystack_integrations.document_stores.faiss import FAISSDocumentStore

    torch.set_num_threads(task["threads"])
    store = FAISSDocumentStore(index_path=str(work / "haystack"), embedding_dim=DIMENSIONS)
    pipeline = Pipeline()
    pipeline.add_component("embedder", SentenceTransformersTextEmbedder(model=task["encoder"], progress_bar=False))
    pipeline.add_component("retriever", FAISSEmbeddingRetriever(document_store=store, top_k=task["top_k"]))
    pipeline.add_component("reader", TransformersExtractiveReader(model=task["reader"]))
    pipeline.connect("embedder.embedding", "retriever.query_embedding")
    pipeline.connect("retriever.documents", "reader.documents")

    def answer(question: str) -> Found:
        result = pipeline.run({"embedder": {"text": question}, "reader": {"query": question}})
        best = result["reader"]["answers"][0]
        if best.data is None:
            return NOTHING
        meta = best.document.meta
        return best.data, meta["document"], meta["start"] + best.document_offset.start

    return answer


if __name__ == "__main__":
    run(["haystack-ai", "faiss-haystack", "transformers-haystack"], build, start)
