package org.align4j.core.text;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ObjIntConsumer;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/** The tokens that tokenizer.json lists, read as a stream: their ids, and which were added to the model's own. */
final class Vocabulary {
    private static final int MOST = 1 << 24;
    private static final long LONGEST_FILE = 256L << 20;

    /** Files nest their parts ten deep; the library fails at 128. */
    private static final int DEEPEST = 64;

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
            .build();
    private static final ObjectReader TREES =
            ModelJson.MAPPER.reader().with(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);
    private static final String UNDERSCORE = "\u2581";
    private static final Set<String> PARTS = Set.of("normalizer", "pre_tokenizer", "post_processor", "decoder");

    private final Map<String, Integer> ids = new HashMap<>();
    private final BitSet added = new BitSet();
    private final BitSet special = new BitSet();
    private final BitSet normalized = new BitSet();
    private final List<ControlTokenSearch.Token> controlTokens = new ArrayList<>();
    private final LibraryGuard guard;
    private final List<String> normalizedTokens = new ArrayList<>();
    private JsonNode normalizer = MissingNode.getInstance();
    private JsonNode preTokenizer = MissingNode.getInstance();
    private String modelType = "";
    private boolean affixed;
    private boolean merged;
    private boolean strips;
    private String prefix = "";
    private boolean byteLevel;
    private boolean underscored;
    private int size;

    private Vocabulary(LibraryGuard guard) {
        this.guard = guard;
    }

    static Vocabulary read(Path tokenizerJson) {
        Vocabulary vocabulary = new Vocabulary(new LibraryGuard(tokenizerJson));
        try (JsonParser parser = JSON.createParser(tokenizerJson.toFile())) {
            if (Files.size(tokenizerJson) > LONGEST_FILE) {
                throw new InputException(format(
                        "%s has %d bytes, and a tokenizer may have %d; get the file again.",
                        tokenizerJson, Files.size(tokenizerJson), LONGEST_FILE));
            }
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new InputException(tokenizerJson + " holds no JSON object; get the file again.");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                vocabulary.readSection(parser.currentName(), parser);
            }
        } catch (JsonProcessingException e) {
            throw ModelJson.broken(tokenizerJson, e);
        } catch (IOException e) {
            throw new InputException(tokenizerJson + " can't be read: " + FileFailure.reason(e) + ".", e);
        }
        if (vocabulary.size == 0) {
            throw new InputException(
                    tokenizerJson + " has no \"model\" with a \"vocab\"; it must be a tokenizers file, get it again.");
        }
        return vocabulary;
    }

    private void readSection(String name, JsonParser parser) throws IOException {
        JsonToken start = parser.nextToken();
        if (name.equals("added_tokens") && start == JsonToken.START_ARRAY) {
            while (parser.nextToken() == JsonToken.START_OBJECT) {
                readAddedToken(parser);
            }
        } else if (PARTS.contains(name)) {
            readPart(name, TREES.readTree(parser));
        } else if (name.equals("model") && start == JsonToken.START_OBJECT) {
            readModel(parser);
        } else {
            parser.skipChildren();
        }
    }

    private void readPart(String name, JsonNode part) {
        guard.check(name, part);
        if (name.equals("normalizer")) {
            normalizer = part;
            prefix = prefix(part);
        } else if (name.equals("pre_tokenizer")) {
            preTokenizer = part;
        } else if (name.equals("decoder")) {
            List<String> types = part.findValuesAsText("type");
            byteLevel = types.contains("ByteLevel");
            underscored = types.contains("Metaspace")
                    || (types.contains("Replace")
                            && part.findValuesAsText("String").contains(UNDERSCORE));
        }
    }

    private void readModel(JsonParser parser) throws IOException {
        String continuing = "";
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken start = parser.nextToken();
            if (field.equals("vocab")) {
                modelType = start == JsonToken.START_ARRAY && modelType.isEmpty() ? "Unigram" : modelType;
                readTokens(parser);
            } else if (field.equals("type") && start == JsonToken.VALUE_STRING) {
                modelType = parser.getText();
            } else if (field.equals("end_of_word_suffix") && start == JsonToken.VALUE_STRING) {
                affixed |= !parser.getText().isEmpty();
            } else if (field.equals("continuing_subword_prefix") && start == JsonToken.VALUE_STRING) {
                continuing = guard.continuing(parser.getText(), merged);
                affixed |= !continuing.isEmpty();
            } else if (field.equals("merges") && !continuing.isEmpty()) {
                merged = true;
                readMerges(continuing, ModelJson.MAPPER.readTree(parser));
            } else {
                merged |= field.equals("merges");
                parser.skipChildren();
            }
        }
    }

    /** Each merge is {@code "first second"} or {@code ["first", "second"]}. */
    private void readMerges(String continuing, JsonNode merges) {
        for (JsonNode merge : merges) {
            String both = merge.asText();
            guard.merge(continuing, merge.isArray() ? merge.path(1).asText() : both.substring(both.indexOf(' ') + 1));
        }
    }

    private void readAddedToken(JsonParser parser) throws IOException {
        int id = -1;
        String content = null;
        boolean isSpecial = false;
        boolean isNormalized = false;
        boolean isSingleWord = false;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            switch (field) {
                case "id" -> id = id(parser);
                case "content" -> content = parser.getText();
                case "special" -> isSpecial = parser.getBooleanValue();
                case "single_word" -> isSingleWord = parser.getBooleanValue();
                case "normalized" -> isNormalized = parser.getBooleanValue();
                case "lstrip", "rstrip" -> strips |= parser.getBooleanValue();
                default -> parser.skipChildren();
            }
        }
        if (id >= 0 && content != null) {
            put(content, id);
            added.set(id);
            special.set(id, isSpecial);
            if (isSpecial) {
                controlTokens.add(new ControlTokenSearch.Token(content, isSingleWord));
            }
            normalized.set(id, isNormalized);
            if (isNormalized) {
                normalizedTokens.add(content);
            }
        }
    }

    /** What a normalizer, or one of a sequence of them, puts before every text. */
    private static String prefix(JsonNode normalizer) {
        StringBuilder prefix = new StringBuilder(normalizer.path("prepend").asText(""));
        normalizer.path("normalizers").forEach(each -> prefix.append(prefix(each)));
        return prefix.toString();
    }

    /** Either {@code {"token": id}} (BPE, WordPiece, WordLevel) or {@code [["token", score] …]} (Unigram). */
    private void readTokens(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.START_OBJECT) {
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String token = parser.currentName();
                parser.nextToken();
                put(token, id(parser));
            }
            return;
        }
        for (int id = 0; parser.nextToken() == JsonToken.START_ARRAY; id++) {
            parser.nextToken();
            put(parser.getText(), id);
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                parser.skipChildren();
            }
        }
    }

    /** An id; one that no model's table of tokens could hold would take memory for all before it. */
    private static int id(JsonParser parser) throws IOException {
        int id = parser.getIntValue();
        if (id < 0 || id >= MOST) {
            throw new JsonParseException(parser, "the id of a token is " + id + " but must be from 0 to " + (MOST - 1));
        }
        return id;
    }

    private void put(String token, int id) {
        ids.put(token, id);
        size = Math.max(size, id + 1);
    }

    @Nullable
    Integer id(String token) {
        return ids.get(token);
    }

    /** The text of each added token by its id; where ids are missing, the library may give such a token another one. */
    Map<Integer, String> addedAfterGaps() {
        Map<Integer, String> result = new TreeMap<>();
        if (ids.size() < size) {
            ids.forEach((token, id) -> {
                if (added.get(id)) {
                    result.put(id, token);
                }
            });
        }
        return result;
    }

    /** Returns whether each letter of a token stands for a byte, by {@link ByteAlphabet}. */
    boolean byteLevel() {
        return byteLevel;
    }

    /** Returns whether U+2581 in a token stands for a space, as sentencepiece writes it. */
    boolean underscored() {
        return underscored;
    }

    /**
     * Returns whether every character of a text is in one of its tokens, in the order of the text: nothing is dropped, and tokens are written as
     * they are in a text.
     */
    boolean cuts() {
        boolean merges = modelType.equals("BPE") || (modelType.isEmpty() && merged) || modelType.equals("Unigram");
        return merges && !affixed && FewestTokens.cuts(normalizer, preTokenizer);
    }

    /** Returns whether an added token takes white space beside it. */
    boolean strips() {
        return strips;
    }

    /** What is done to a text first; often nothing. */
    JsonNode normalizer() {
        return normalizer;
    }

    /** Hands over each token, added ones among them, with its id. */
    void forEach(ObjIntConsumer<String> token) {
        ids.forEach(token::accept);
    }

    /** Hands over each token that was not added, with its id. */
    void forEachNotAdded(ObjIntConsumer<String> token) {
        ids.forEach((text, id) -> {
            if (!added.get(id)) {
                token.accept(text, id);
            }
        });
    }

    /** The ids of the added tokens. */
    BitSet added() {
        return added;
    }

    /** The ids of the added tokens that are special. */
    BitSet special() {
        return special;
    }

    /** The added tokens that are special. */
    List<ControlTokenSearch.Token> controlTokens() {
        return controlTokens;
    }

    /** The ids of the added tokens that are normalised before they are looked for. */
    BitSet normalized() {
        return normalized;
    }

    /** Refuses added tokens that the library can't stand; see {@link VanishingTokens}. */
    void requireTokensLeft(Path tokenizerJson) throws IOException {
        VanishingTokens.refuse(tokenizerJson, normalizer, normalizedTokens);
    }

    /** What the normalizer puts before every text; often nothing. */
    String prefix() {
        return prefix;
    }

    /** Returns the highest id plus one. */
    int size() {
        return size;
    }
}
