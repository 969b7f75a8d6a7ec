import json, sys
from tokenizers import Tokenizer, models, pre_tokenizers, decoders, processors, trainers

folder = sys.argv[1]
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
special = ["<s>", "</s>", "<|im_start|>", "<|im_end|>"]
trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=special, show_progress=False,
                              initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
tokenizer.train_from_iterator(["the user and the assistant say hello to the system", "hello there, hello user"] * 9, trainer)
tokenizer.post_processor = processors.TemplateProcessing(
    single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))])
tokenizer.save(folder + "/tokenizer.json")
json.dump({"bos_token": "<s>", "eos_token": "</s>", "model_max_length": 1000000000000000019884624838656},
          open(folder + "/tokenizer_config.json", "w"), indent=1)
json.dump({"eos_token_id": [tokenizer.token_to_id("</s>"), tokenizer.token_to_id("<|im_end|>")]},
          open(folder + "/generation_config.json", "w"), indent=1)
