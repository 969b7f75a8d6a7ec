package org.align4j.core.text.gguf;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Json;
import org.align4j.core.gguf.GgufFields;
import org.align4j.core.text.SpecialToken;
import org.align4j.core.text.Tokenizer;
import org.jspecify.annotations.Nullable;

/**
 * A model folder's tokenizer and chat template as the fields of a GGUF file. Byte-level vocabularies with merges are written as
 * {@code gpt2}, sentencepiece's with merges and bytes as {@code llama}; others are refused by name.
 */
public final class GgufTokenizer {
    static final int NORMAL = 1;
    static final int UNKNOWN = 2;
    static final int CONTROL = 3;
    static final int ADDED = 4;
    static final int UNUSED = 5;
    static final int BYTE = 6;

    static final String PREFIX = "tokenizer.ggml.";
    static final String TEMPLATE = "tokenizer.chat_template";
    static final String SPACE = "\u2581";

    /** What no merge makes, after all that merges make. */
    private static final double NO_MERGE = -1e6;

    private static final Pattern BYTE_TOKEN = Pattern.compile("<0x[0-9A-F]{2}>");

    private final Path folder;
    private final JsonNode root;
    private final JsonNode model;
    private final int rows;
    private final List<String> notes = new ArrayList<>();

    private GgufTokenizer(Path folder, int rows) {
        this.folder = folder;
        this.rows = rows;
        this.root = Json.require(folder.resolve("tokenizer.json"));
        this.model = root.path("model");
    }

    /**
     * Adds a folder's tokenizer and template to the fields of a file.
     *
     * @param rows of the table of embeddings, each of which has a token in the file
     * @return sentences for people about what the file says otherwise
     * @throws InputException naming what the format can't say
     */
    public static List<String> describe(Path folder, int rows, GgufFields fields) {
        GgufTokenizer tokenizer = new GgufTokenizer(folder, rows);
        tokenizer.describe(fields);
        return tokenizer.notes;
    }

    /** Returns the texts of a folder's added tokens. */
    public static Set<String> tokens(Path folder) {
        return Set.copyOf(Json.require(folder.resolve("tokenizer.json"))
                .path("added_tokens")
                .findValuesAsText("content"));
    }

    private void describe(GgufFields fields) {
        String type = model.path("type").asText("BPE");
        if (!type.equals("BPE")) {
            throw unsayable("a tokenizer of the type " + type + "; BPE is written");
        }
        boolean pieces = model.path("byte_fallback").asBoolean(false);
        if (pieces) {
            pieces(fields);
        } else {
            byteLevel(fields);
        }
        special(fields);
        template(fields);
    }

    private InputException unsayable(String what) {
        return new InputException(folder.resolve("tokenizer.json") + " has " + what
                + ". A GGUF file can't say it, and its answers would differ.");
    }

    private void byteLevel(GgufFields fields) {
        boolean wholeFirst = model.path("ignore_merges").asBoolean(false);
        PreTokenizer pre = PreTokenizer.of(root.path("pre_tokenizer"), wholeFirst)
                .orElseThrow(() -> unsayable("a pre_tokenizer that llama.cpp has no name for ("
                        + shortened(root.path("pre_tokenizer").toString()) + ")"));
        JsonNode normalizer = root.path("normalizer");
        if (normalizer.path("type").asText().equals("NFC")) {
            notes.add(
                    "The tokenizer makes every text NFC first, which llama.cpp doesn't: a text that isn't NFC (most are)"
                            + " has other tokens there.");
        } else if (!isNothing(normalizer)) {
            throw unsayable("the normalizer " + shortened(normalizer.toString()));
        }
        for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
            if (!model.path(affix).asText("").isEmpty() && !model.path(affix).isNull()) {
                throw unsayable("\"" + affix + "\" " + model.path(affix));
            }
        }
        fields.text(PREFIX + "model", "gpt2").text(PREFIX + "pre", pre.gguf());
        Map<Integer, Integer> types = new HashMap<>();
        fields.texts(PREFIX + "tokens", tokens(types, false));
        fields.wholes(PREFIX + "token_type", types(types));
        List<String> merges = new ArrayList<>();
        for (JsonNode merge : model.path("merges")) {
            merges.add(
                    merge.isArray()
                            ? spaced(merge.path(0).asText()) + " "
                                    + spaced(merge.path(1).asText())
                            : merge.asText());
        }
        fields.texts(PREFIX + "merges", merges);
    }

    private static String spaced(String part) {
        return part.replace(' ', '\u0120');
    }

    /** A vocabulary of sentencepiece's: a merge's place in the list is the score of what it makes. */
    private void pieces(GgufFields fields) {
        boolean before = prepends();
        fields.text(PREFIX + "model", "llama").text(PREFIX + "pre", "default");
        Map<Integer, Integer> types = new HashMap<>();
        List<String> tokens = tokens(types, true);
        Map<String, Integer> places = new HashMap<>();
        int place = 0;
        for (JsonNode merge : model.path("merges")) {
            String made = merge.isArray()
                    ? merge.path(0).asText() + merge.path(1).asText()
                    : merge.asText().replaceFirst(" ", "");
            places.putIfAbsent(made, place++);
        }
        List<Double> scores = new ArrayList<>();
        for (String token : tokens) {
            Integer merged = places.get(token);
            scores.add(merged == null ? NO_MERGE : -merged.doubleValue());
        }
        fields.texts(PREFIX + "tokens", tokens).fractions(PREFIX + "scores", scores);
        fields.wholes(PREFIX + "token_type", types(types));
        fields.flag(PREFIX + "add_space_prefix", before);
    }

    /** Whether a space is put before every text. */
    private boolean prepends() {
        JsonNode normalizer = root.path("normalizer");
        JsonNode pre = root.path("pre_tokenizer");
        boolean replaces = normalizer.findValuesAsText("content").contains(SPACE)
                || pre.path("type").asText().equals("Metaspace");
        if (!replaces) {
            throw unsayable("no step that makes U+2581 of spaces");
        }
        List<String> known = List.of("Sequence", "Prepend", "Replace", "");
        for (String type : normalizer.findValuesAsText("type")) {
            if (!known.contains(type)) {
                throw unsayable("the normalizer " + type);
            }
        }
        boolean prepended = normalizer.findValuesAsText("prepend").contains(SPACE);
        String scheme = pre.path("prepend_scheme").asText("never");
        return prepended || !scheme.equals("never");
    }

    /** Lists the token of every row, and fills the types of those that aren't usual. */
    private List<String> tokens(Map<Integer, Integer> types, boolean pieces) {
        TreeMap<Integer, String> tokens = new TreeMap<>();
        model.path("vocab")
                .properties()
                .forEach(entry -> tokens.put(entry.getValue().asInt(-1), entry.getKey()));
        String unknown = model.path("unk_token").asText("");
        int strips = 0;
        for (JsonNode added : root.path("added_tokens")) {
            int id = added.path("id").asInt(-1);
            boolean special = added.path("special").asBoolean(false);
            String content = added.path("content").asText();
            tokens.put(id, special || !pieces ? content : content.replace(SPACE, " "));
            types.put(id, special ? CONTROL : ADDED);
            strips += added.path("lstrip").asBoolean(false)
                            || added.path("rstrip").asBoolean(false)
                    ? 1
                    : 0;
            if (added.path("single_word").asBoolean(false)) {
                throw unsayable("the added token " + content + " that counts as a whole word only (single_word)");
            }
        }
        if (strips > 0) {
            notes.add(format(
                    "%d added tokens take white space beside them (lstrip, rstrip), which the file can't say: a text with white"
                            + " space there has other tokens in llama.cpp.",
                    strips));
        }
        if (tokens.firstKey() < 0 || tokens.lastKey() >= rows) {
            throw new InputException(folder + ": tokenizer.json has the token id " + tokens.lastKey()
                    + " but the model has " + rows + " embeddings; take both from the same model.");
        }
        List<String> all = new ArrayList<>();
        for (int id = 0; id < rows; id++) {
            String token = tokens.get(id);
            all.add(token == null ? "[PAD" + id + "]" : token);
            if (token == null) {
                types.put(id, UNUSED);
            } else if (pieces && token.equals(unknown)) {
                types.put(id, UNKNOWN);
            } else if (pieces && BYTE_TOKEN.matcher(token).matches()) {
                types.put(id, BYTE);
            }
        }
        return all;
    }

    private List<Long> types(Map<Integer, Integer> unusual) {
        List<Long> types = new ArrayList<>();
        for (int id = 0; id < rows; id++) {
            types.add(unusual.getOrDefault(id, NORMAL).longValue());
        }
        return types;
    }

    private void special(GgufFields fields) {
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            SpecialToken bos = tokenizer.special().bos();
            SpecialToken eos = tokenizer.special().eos();
            put(fields, "bos", bos);
            put(fields, "eos", eos);
            put(fields, "padding", tokenizer.special().pad());
            JsonNode tokens = root.path("added_tokens");
            Object unknown = tokenizer.special().variables().get("unk_token");
            for (JsonNode token : unknown == null ? MissingNode.getInstance() : tokens) {
                if (token.path("content").asText().equals(unknown) && !fields.has(PREFIX + "unknown_token_id")) {
                    fields.whole(PREFIX + "unknown_token_id", token.path("id").asInt());
                }
            }
            Arrays.stream(tokenizer.special().stopIds())
                    .filter(id -> eos == null || id != eos.id())
                    .findFirst()
                    .ifPresent(id -> fields.whole(PREFIX + "eot_token_id", id));
            int[] bare = tokenizer.encode("a", false);
            int[] dressed = tokenizer.encode("a", true);
            int[] leading = tokenizer.leadingTokens();
            int trailing = dressed.length - bare.length - leading.length;
            boolean begins = leading.length == 1 && bos != null && leading[0] == bos.id();
            boolean ends = trailing == 1 && eos != null && dressed[dressed.length - 1] == eos.id();
            if ((leading.length > 0 && !begins) || (trailing > 0 && !ends)) {
                throw unsayable("a post_processor that puts " + (leading.length + trailing)
                        + " tokens around a text, which are not the one that begins and the one that ends texts");
            }
            fields.flag(PREFIX + "add_bos_token", begins).flag(PREFIX + "add_eos_token", ends);
        }
    }

    private static void put(GgufFields fields, String name, @Nullable SpecialToken token) {
        if (token != null) {
            fields.whole(PREFIX + name + "_token_id", token.id());
        }
    }

    private void template(GgufFields fields) {
        Path file = folder.resolve("chat_template.jinja");
        if (Files.isRegularFile(file)) {
            fields.text(TEMPLATE, text(file));
            return;
        }
        JsonNode own = Files.isRegularFile(folder.resolve("tokenizer_config.json"))
                ? Json.require(folder.resolve("tokenizer_config.json")).path("chat_template")
                : MissingNode.getInstance();
        if (own.isTextual()) {
            fields.text(TEMPLATE, own.asText());
            return;
        }
        List<String> others = new ArrayList<>();
        for (JsonNode each : own) {
            String name = each.path("name").asText();
            String template = each.path("template").asText();
            if (name.equals("default")) {
                fields.text(TEMPLATE, template);
            } else {
                others.add(name);
                fields.text(TEMPLATE + "." + name, template);
            }
        }
        if (!others.isEmpty()) {
            fields.texts("tokenizer.chat_templates", others);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new InputException(file + " can't be read: " + FileFailure.reason(e) + ".", e);
        }
    }

    private static boolean isNothing(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    private static String shortened(String json) {
        return json.length() > 120 ? json.substring(0, 120) + " …" : json;
    }
}
