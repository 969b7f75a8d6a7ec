package org.align4j.core.text.gguf;

import static org.align4j.core.text.gguf.GgufTokenizer.PREFIX;
import static org.align4j.core.text.gguf.GgufTokenizer.SPACE;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.Json;
import org.align4j.core.gguf.GgufFields;

/** Writes tokenizer.json, tokenizer_config.json, generation_config.json and the chat template from the fields of a GGUF file. */
public final class GgufTokenizerFiles {
    private final Path file;
    private final GgufFields fields;
    private final List<String> tokens;
    private final List<Long> types;

    private GgufTokenizerFiles(Path file, GgufFields fields) {
        this.file = file;
        this.fields = fields;
        this.tokens = fields.texts(PREFIX + "tokens");
        List<Long> given = fields.wholes(PREFIX + "token_type");
        this.types = given.isEmpty()
                ? tokens.stream().map(each -> (long) GgufTokenizer.NORMAL).toList()
                : given;
    }

    /**
     * Writes a tokenizer's files into a directory that exists.
     *
     * @param file begins messages
     * @throws InputException naming a kind of tokenizer that isn't read
     */
    public static void write(Path file, GgufFields fields, Path directory) throws IOException {
        new GgufTokenizerFiles(file, fields).write(directory);
    }

    private void write(Path directory) throws IOException {
        if (tokens.isEmpty() || types.size() != tokens.size()) {
            throw new InputException(file + " has " + tokens.size() + " tokens and " + types.size()
                    + " types of tokens; as many of both are required.");
        }
        write(directory, "tokenizer.json", Json.bytes(tokenizer()));
        write(directory, "tokenizer_config.json", Json.document(config()));
        String template = fields.text(GgufTokenizer.TEMPLATE);
        if (template != null) {
            write(directory, "chat_template.jinja", template.getBytes(StandardCharsets.UTF_8));
        }
        ObjectNode generation = Json.object();
        ArrayNode ends = generation.putArray("eos_token_id");
        for (String name : List.of("eos", "eot")) {
            if (fields.has(PREFIX + name + "_token_id")) {
                ends.add(id(name));
            }
        }
        write(directory, "generation_config.json", Json.document(generation));
    }

    private static void write(Path directory, String name, byte[] bytes) throws IOException {
        FreshFile.write(directory.resolve(name), bytes);
    }

    private ObjectNode tokenizer() {
        String kind = String.valueOf(fields.text(PREFIX + "model"));
        ObjectNode root = Json.object().put("version", "1.0");
        root.putNull("truncation").putNull("padding");
        added(root.putArray("added_tokens"));
        switch (kind) {
            case "gpt2" -> byteLevel(root);
            case "llama" -> pieces(root);
            default ->
                throw new InputException(file + " has a tokenizer of the kind " + kind
                        + ", which is not read; gpt2 (byte-level) and llama (sentencepiece) are.");
        }
        postProcessor(root);
        return root;
    }

    private void added(ArrayNode into) {
        for (int id = 0; id < tokens.size(); id++) {
            long type = types.get(id);
            if (type == GgufTokenizer.CONTROL || type == GgufTokenizer.ADDED || type == GgufTokenizer.UNKNOWN) {
                into.addObject()
                        .put("id", id)
                        .put("content", tokens.get(id))
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", type != GgufTokenizer.ADDED);
            }
        }
    }

    private ObjectNode model(ObjectNode root) {
        ObjectNode model = root.putObject("model").put("type", "BPE");
        model.putNull("dropout").putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
        ObjectNode vocabulary = model.putObject("vocab");
        int used = tokens.size();
        while (used > 1 && types.get(used - 1) == GgufTokenizer.UNUSED) {
            used--;
        }
        for (int id = 0; id < used; id++) {
            if (vocabulary.has(tokens.get(id))) {
                throw new InputException(file + " has the token " + tokens.get(id) + " twice, with the ids "
                        + vocabulary.get(tokens.get(id)) + " and " + id + "; the file is damaged.");
            }
            vocabulary.put(tokens.get(id), id);
        }
        return model;
    }

    private void byteLevel(ObjectNode root) {
        String name = fields.text(PREFIX + "pre");
        PreTokenizer pre = PreTokenizer.named(name == null ? PreTokenizer.GPT_2.gguf() : name)
                .orElseThrow(() -> new InputException(file + " has the pre-tokenizer " + name
                        + ", which is not known here; give the model's own directory."));
        root.putNull("normalizer");
        root.set("pre_tokenizer", pre.json());
        root.set("decoder", PreTokenizer.byteLevel(true));
        ObjectNode model = model(root);
        model.putNull("unk_token").put("fuse_unk", false).put("byte_fallback", false);
        model.put("ignore_merges", pre.wholeFirst());
        ArrayNode merges = model.putArray("merges");
        for (String merge : fields.texts(PREFIX + "merges")) {
            int at = merge.indexOf(' ', 1);
            if (at < 1 || at == merge.length() - 1) {
                throw new InputException(file + " has the merge \"" + merge + "\", which is not two tokens.");
            }
            merges.addArray().add(merge.substring(0, at)).add(merge.substring(at + 1));
        }
    }

    private void pieces(ObjectNode root) {
        boolean before = fields.isOn(PREFIX + "add_space_prefix", true);
        ObjectNode normalizer = root.putObject("normalizer").put("type", "Sequence");
        ArrayNode normalizers = normalizer.putArray("normalizers");
        if (before) {
            normalizers.addObject().put("type", "Prepend").put("prepend", SPACE);
        }
        replace(normalizers.addObject(), " ", SPACE);
        root.putNull("pre_tokenizer");
        ObjectNode decoder = root.putObject("decoder").put("type", "Sequence");
        ArrayNode decoders = decoder.putArray("decoders");
        replace(decoders.addObject(), SPACE, " ");
        decoders.addObject().put("type", "ByteFallback");
        decoders.addObject().put("type", "Fuse");
        if (before) {
            decoders.addObject()
                    .put("type", "Strip")
                    .put("content", " ")
                    .put("start", 1)
                    .put("stop", 0);
        }
        ObjectNode model = model(root);
        int unknown = types.indexOf((long) GgufTokenizer.UNKNOWN);
        if (unknown >= 0) {
            model.put("unk_token", tokens.get(unknown));
        } else {
            model.putNull("unk_token");
        }
        model.put("fuse_unk", true).put("byte_fallback", true).put("ignore_merges", false);
        merges(model.putArray("merges"));
    }

    private static void replace(ObjectNode step, String from, String to) {
        step.put("type", "Replace").putObject("pattern").put("String", from);
        step.put("content", to);
    }

    /** One way of making a token of two. */
    private record Merge(String left, String right, double score) {}

    /** Every pair of tokens that is a token, the highest score of what they make first. */
    private void merges(ArrayNode into) {
        List<Double> scores = fields.fractions(PREFIX + "scores");
        if (scores.size() != tokens.size()) {
            throw new InputException(file + " has " + tokens.size() + " tokens and " + scores.size()
                    + " scores; as many of both are required.");
        }
        Map<String, Integer> plain = new HashMap<>();
        for (int id = 0; id < tokens.size(); id++) {
            if (types.get(id) == GgufTokenizer.NORMAL) {
                plain.put(tokens.get(id), id);
            }
        }
        List<Merge> merges = new ArrayList<>();
        plain.forEach((token, id) -> {
            for (int at = token.offsetByCodePoints(0, 1); at < token.length(); at = token.offsetByCodePoints(at, 1)) {
                String left = token.substring(0, at);
                String right = token.substring(at);
                if (plain.containsKey(left) && plain.containsKey(right)) {
                    merges.add(new Merge(left, right, scores.get(id)));
                }
            }
        });
        merges.sort(Comparator.comparingDouble(Merge::score)
                .reversed()
                .thenComparing(merge -> plain.get(merge.left()))
                .thenComparing(merge -> plain.get(merge.right())));
        merges.forEach(merge -> into.addArray().add(merge.left()).add(merge.right()));
    }

    private void postProcessor(ObjectNode root) {
        boolean begins = fields.isOn(PREFIX + "add_bos_token", false) && fields.has(PREFIX + "bos_token_id");
        boolean ends = fields.isOn(PREFIX + "add_eos_token", false) && fields.has(PREFIX + "eos_token_id");
        if (!begins && !ends) {
            root.putNull("post_processor");
            return;
        }
        ObjectNode processor = root.putObject("post_processor").put("type", "TemplateProcessing");
        ObjectNode named = Json.object();
        for (String sequence : List.of("single", "pair")) {
            ArrayNode parts = processor.putArray(sequence);
            if (begins) {
                special(parts, named, id("bos"));
            }
            parts.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
            if (sequence.equals("pair")) {
                parts.addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
            }
            if (ends) {
                special(parts, named, id("eos"));
            }
        }
        processor.set("special_tokens", named);
    }

    private void special(ArrayNode parts, ObjectNode named, int id) {
        String token = tokens.get(id);
        parts.addObject().putObject("SpecialToken").put("id", token).put("type_id", 0);
        ObjectNode entry = named.putObject(token).put("id", token);
        entry.putArray("ids").add(id);
        entry.putArray("tokens").add(token);
    }

    private int id(String name) {
        int id = fields.count(PREFIX + name + "_token_id");
        if (id >= tokens.size()) {
            throw new InputException(file + ": the field " + PREFIX + name + "_token_id is " + id + " but there are "
                    + tokens.size() + " tokens.");
        }
        return id;
    }

    private ObjectNode config() {
        ObjectNode config = Json.object().put("tokenizer_class", "PreTrainedTokenizerFast");
        Map<String, String> names = Map.of("bos", "bos", "eos", "eos", "unk", "unknown", "pad", "padding");
        for (String ours : List.of("bos", "eos", "unk", "pad")) {
            String theirs = names.getOrDefault(ours, ours);
            if (fields.has(PREFIX + theirs + "_token_id")) {
                config.put(ours + "_token", tokens.get(id(theirs)));
            } else {
                config.putNull(ours + "_token");
            }
        }
        return config;
    }
}
