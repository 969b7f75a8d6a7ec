package org.align4j.core.text;

import static org.align4j.core.error.RootFormat.format;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.TreeMap;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.machine.Natives;
import org.jspecify.annotations.Nullable;

/**
 * A model's tokenizer: tokenizer.json, run by the library that made it. Never truncates, never pads, and adds its own
 * tokens only where it is asked to. May be used from several threads.
 */
public final class Tokenizer implements AutoCloseable {
    private static final String PROBE = "a";

    private final HuggingFaceTokenizer library;
    private final SpecialTokens special;
    private final BitSet added;
    private final BitSet control;
    private final PrefixedTokens prefixed;
    private final int vocabularySize;
    private final int[] leading;
    private final ControlTokenSearch controlTokens;
    private final Path file;
    private @Nullable LiteralTokens literalTokens;
    private @Nullable TokenBytes tokenBytes;

    private Tokenizer(HuggingFaceTokenizer library, Vocabulary vocabulary, Path folder) {
        this.library = library;
        this.added = vocabulary.added();
        this.control = vocabulary.special();
        this.prefixed = new PrefixedTokens(vocabulary);
        this.vocabularySize = vocabulary.size();
        this.file = TokenizerFile.of(folder);
        this.controlTokens = new ControlTokenSearch(vocabulary.controlTokens());
        this.special = new SpecialTokensReader(folder, vocabulary, id -> decode(new int[] {id}, false)).read();
        int[] bare = encode(PROBE, false);
        int[] dressed = encode(PROBE, true);
        int at = indexOf(dressed, bare);
        this.leading = Arrays.copyOfRange(dressed, 0, at);
    }

    /**
     * Opens the tokenizer of a model folder.
     *
     * @param modelFolder a Hugging Face style folder with tokenizer.json and, where there are any, tokenizer_config.json,
     *     special_tokens_map.json, generation_config.json and config.json
     * @throws InputException where tokenizer.json is missing or broken
     */
    public static Tokenizer load(Path modelFolder) {
        Path file = TokenizerFile.of(modelFolder);
        Natives.prepare();
        Vocabulary vocabulary = Vocabulary.read(file);
        HuggingFaceTokenizer library;
        try {
            vocabulary.requireTokensLeft(file);
            library = HuggingFaceTokenizer.builder()
                    .optTokenizerPath(file)
                    .optTruncation(false)
                    .optPadding(false)
                    .optAddSpecialTokens(false)
                    .build();
        } catch (InputException refused) {
            throw refused;
        } catch (IOException | RuntimeException e) {
            throw new InputException(
                    file + " is no tokenizer that can be read (" + FileFailure.reason(e) + "); get the file again.", e);
        }
        try {
            Tokenizer tokenizer = new Tokenizer(library, vocabulary, modelFolder);
            tokenizer.requireIds(vocabulary, file);
            return tokenizer;
        } catch (RuntimeException e) {
            library.close();
            throw e;
        }
    }

    /** Hashes which token each id of a model folder's tokenizer stands for: equal where two models' ids mean the same. */
    public static String vocabularyHash(Path modelFolder) {
        TreeMap<Integer, String> tokens = new TreeMap<>();
        Vocabulary.read(TokenizerFile.of(modelFolder)).forEach((token, id) -> tokens.put(id, token));
        Hasher hasher = Hashing.sha256().newHasher();
        tokens.forEach(
                (id, token) -> hasher.putInt(id).putInt(token.length()).putString(token, StandardCharsets.UTF_8));
        return hasher.hash().toString();
    }

    /** The library numbers an added token again where ids before its own are missing, and says nothing. */
    private void requireIds(Vocabulary vocabulary, Path file) {
        vocabulary.addedAfterGaps().forEach((id, token) -> {
            if (decode(new int[] {id}, false).isEmpty()) {
                throw new InputException(format(
                        "%s has fewer tokens than ids: it gives %s the id %d, which the tokenizer does not know, as ids before it are missing; get the file again, or save it again with Python's transformers.",
                        file, token, id));
            }
        });
    }

    private static int indexOf(int[] ids, int[] part) {
        for (int at = 0; at + part.length <= ids.length; at++) {
            if (Arrays.equals(ids, at, at + part.length, part, 0, part.length)) {
                return at;
            }
        }
        throw new InputException("tokenizer.json adds tokens within the text (" + Arrays.toString(part) + " becomes "
                + Arrays.toString(ids) + "); only leading and trailing tokens are supported.");
    }

    /**
     * Encodes a text. Special tokens written in the text are recognised either way.
     *
     * @param addSpecialTokens whether the tokenizer puts its own tokens around it (a BOS, say)
     */
    public int[] encode(String text, boolean addSpecialTokens) {
        return ids(encoding(text, addSpecialTokens));
    }

    /** The library finds some faults of its file only when it meets a text. */
    private Encoding encoding(String text, boolean addSpecialTokens) {
        String whole = checked(text);
        try {
            return library.encode(whole, addSpecialTokens, false);
        } catch (RuntimeException e) {
            throw new InputException(
                    file + " can't make tokens of a text (" + e.getMessage() + "); get the file again.", e);
        }
    }

    /** Encodes a text into tokens with their places in it; see {@link #encode}. */
    public Encoded encodeWithOffsets(String text, boolean addSpecialTokens) {
        Encoding encoding = encoding(text, addSpecialTokens);
        return withOffsets(encoding, ids(encoding));
    }

    /** Encodes what a template wrote, control tokens of the contents as ordinary text where they are so. */
    public int[] encode(Written written) {
        return written.literal().isEmpty()
                ? encode(written.text(), false)
                : literalIds(literal().encode(checked(written.text()), written.literal()));
    }

    /** Encodes what a template wrote into tokens with their places in it; see {@link #encode(Written)}. */
    public Encoded encodeWithOffsets(Written written) {
        if (written.literal().isEmpty()) {
            return encodeWithOffsets(written.text(), false);
        }
        Encoding encoding = literal().encode(checked(written.text()), written.literal());
        return withOffsets(encoding, literalIds(encoding));
    }

    /** Encodes a text in which control tokens are ordinary text. */
    public int[] encodeLiterally(String text) {
        return controlTokens.first(text) == null
                ? encode(text, false)
                : literalIds(literal().encode(checked(text)));
    }

    private synchronized LiteralTokens literal() {
        if (literalTokens == null) {
            literalTokens = LiteralTokens.read(file, controlTokens);
        }
        return literalTokens;
    }

    private int[] literalIds(Encoding encoding) {
        LiteralTokens own = literal();
        return Arrays.stream(encoding.getIds())
                .mapToInt(id -> Math.toIntExact(own.id(id)))
                .toArray();
    }

    private static Encoded withOffsets(Encoding encoding, int[] ids) {
        int[] starts = new int[ids.length];
        int[] ends = new int[ids.length];
        CharSpan[] spans = encoding.getCharTokenSpans();
        for (int i = 0; i < ids.length; i++) {
            @Nullable CharSpan span = spans[i];
            starts[i] = span == null ? 0 : span.getStart();
            ends[i] = span == null ? 0 : span.getEnd();
        }
        return new Encoded(ids, starts, ends);
    }

    /** Decodes tokens to their text; a character whose bytes are not all there becomes U+FFFD. */
    public String decode(int[] ids, boolean skipSpecialTokens) {
        return prefixed.among(ids)
                ? decodeAsTheyAre(prefixed.spelled(ids, skipSpecialTokens), false)
                : decodeAsTheyAre(ids, skipSpecialTokens);
    }

    private String decodeAsTheyAre(int[] ids, boolean skipSpecialTokens) {
        long[] wide = new long[ids.length];
        for (int i = 0; i < ids.length; i++) {
            wide[i] = ids[i];
        }
        return ids.length == 0 ? "" : library.decode(wide, skipSpecialTokens);
    }

    /** Makes a decoder that takes one token at a time, for text that appears while it is generated. */
    public StreamDecoder stream(boolean skipSpecialTokens) {
        return new StreamDecoder(this, skipSpecialTokens);
    }

    /**
     * Writes the text of each token. Put together, the texts are the decoded text, special tokens in it; a token that holds a part of a
     * character shows the bytes of that part, as {@code <0xE2><0x82>}.
     *
     * @param ids {@code [T]} token ids
     * @return {@code [T]} a text for each; empty where the tokenizer writes nothing for a token
     */
    public List<String> texts(int[] ids) {
        return new TokenTexts(this).of(ids);
    }

    /** Returns the bytes of tokens that may be parts of a character, read when first asked for. */
    synchronized TokenBytes bytes() {
        TokenBytes known = tokenBytes;
        if (known == null) {
            known = new TokenBytes(Vocabulary.read(file));
            tokenBytes = known;
        }
        return known;
    }

    /**
     * Returns the bytes that a token adds to a text, a special token's own text among them. Byte-level vocabularies and those of
     * sentencepiece tell them; the first token of a text may lose a space.
     *
     * @return null for an id that is no token, or whose bytes the vocabulary doesn't tell
     */
    public byte @Nullable [] spelling(int id) {
        byte[] own = bytes().added(id);
        return own == null ? null : own.clone();
    }

    /** Returns whether the token is special, so that it is no part of an answer's text. */
    public boolean isControl(int id) {
        return id >= 0 && control.get(id);
    }

    /** Finds the control tokens, the special added tokens, that are written in a text. */
    public ControlTokenSearch controlTokens() {
        return controlTokens;
    }

    /** Returns the tokens with a meaning of their own. */
    public SpecialTokens special() {
        return special;
    }

    /**
     * Returns whether the token was added to the vocabulary as a whole (special tokens are), so that no text is split to it.
     */
    public boolean added(int id) {
        return id >= 0 && added.get(id);
    }

    /** Returns what the tokenizer puts before a text by itself, a BOS usually; often nothing. */
    public int[] leadingTokens() {
        return leading.clone();
    }

    /** Returns the highest token id plus one; a model's embedding must have at least so many rows. */
    public int vocabularySize() {
        return vocabularySize;
    }

    @Override
    public synchronized void close() {
        library.close();
        if (literalTokens != null) {
            literalTokens.close();
        }
    }

    private static int[] ids(Encoding encoding) {
        long[] wide = encoding.getIds();
        int[] ids = new int[wide.length];
        for (int i = 0; i < wide.length; i++) {
            ids[i] = Math.toIntExact(wide[i]);
        }
        return ids;
    }

    private static String checked(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new InputException("the text has half a surrogate pair (" + format("\\u%04x", (int) c)
                        + ") at character " + i + "; it must be valid Unicode, correct the row.");
            }
        }
        return text;
    }
}
