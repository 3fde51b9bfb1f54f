"""An index in Milvus: passages, vectors, words and documents in collections that many machines may ask.

    news                            an alias, the only thing that changes: of the passages of the build in place
    news_<digest>                   one build: a row for each passage, with its text, its vector and its words
    news_<digest>_documents         its documents in pieces, and in the row -1 what it is made of

The digest is that of the documents and of how they became passages: the same build has the same name wherever it is
made, so one that broke off goes on where it was, and rows that are written twice are written the same.

Words are BM25's weights, computed by us as in ``qa.index.lexical`` and stored as a sparse vector, so that a question
finds what it finds in a folder, whatever analyser a server has.
"""
