"""Small models for tests, made on the spot."""

from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Module
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import AutoModel, BertConfig, PreTrainedTokenizerFast, XLMRobertaConfig

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "one", "two", "three", "four", "query", "passage", ":", "."]


def write_tiny_model(folder: Path, pooling: str, *more: Module, kind: str = "bert", **settings: Any) -> None:
    """Write a sentence-transformers model with one small layer of random weights; `settings` are the configuration's.

    `more` modules come behind the pooling.
    """
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    make = {"bert": BertConfig, "xlm-roberta": XLMRobertaConfig}[kind]
    config = make(
        vocab_size=len(VOCABULARY),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=20,
        pad_token_id=0,
        initializer_range=0.3,
        **settings,
    )
    torch.manual_seed(7)
    bert = folder.with_name("bert")
    AutoModel.from_config(config).save_pretrained(bert)  # type: ignore[no-untyped-call]
    fast.save_pretrained(bert)
    modules = [Transformer(str(bert), max_seq_length=16), Pooling(16, pooling_mode=pooling), *more, Normalize()]
    SentenceTransformer(modules=modules).save(str(folder), create_model_card=False)
