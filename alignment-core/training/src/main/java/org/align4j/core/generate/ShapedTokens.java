package org.align4j.core.generate;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.error.InputException;
import org.align4j.core.text.Tokenizer;
import org.jspecify.annotations.Nullable;

/**
 * Says which tokens may come next in an answer of a given {@link AnswerShape}. Tokens lie in the order of their bytes, so that one walk
 * over them takes a beginning that many share once; what was found for a state is kept. May be used from several threads.
 */
public final class ShapedTokens {
    /** States whose tokens are kept; 150,000 tokens take 19 kB each. */
    private static final int KEPT = 256;

    private final int[] ends;
    private final SpelledTokens tokens;
    private final Map<Integer, String> control = new LinkedHashMap<>();
    private final int[] shared;
    private final Map<ShapeState, BitSet> known = Collections.synchronizedMap(new LinkedHashMap<>(KEPT, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ShapeState, BitSet> eldest) {
            return size() > KEPT;
        }
    });

    /**
     * Reads the tokens of a model.
     *
     * @throws InputException where the vocabulary doesn't tell the bytes of its tokens, lacks letters of JSON, or names no end
     */
    public ShapedTokens(Tokenizer tokenizer) {
        this.ends = tokenizer.special().stopIds();
        this.tokens = SpelledTokens.of(tokenizer);
        tokens.control().forEach((id, bytes) -> control.put(id, new String(bytes, StandardCharsets.ISO_8859_1)));
        this.shared = new int[tokens.size()];
        for (int i = 1; i < shared.length; i++) {
            int differs = Arrays.mismatch(tokens.at(i - 1), tokens.at(i));
            shared[i] = differs < 0 ? tokens.at(i).length : differs;
        }
        require();
    }

    /** Each byte of ASCII text and each byte within a character must be a token, so that every state has one to go on with. */
    private void require() {
        BitSet single = new BitSet();
        for (int i = 0; i < tokens.size(); i++) {
            if (tokens.at(i).length == 1) {
                single.set(tokens.at(i)[0] & 0xff);
            }
        }
        if (single.nextClearBit(' ') <= '~' || single.nextClearBit(0x80) <= 0xBF) {
            throw new InputException("the model's tokens can't be held to JSON: its tokenizer is neither byte-level nor"
                    + " one with byte fallback; ask without response_format, or use another model.");
        }
        if (ends.length == 0) {
            throw new InputException(
                    "the model names no end-of-sequence token, so that an answer held to JSON could not end;"
                            + " name one in generation_config.json.");
        }
    }

    /** Begins an answer of a shape. */
    public Filter filter(AnswerShape shape) {
        return new Filter(shape);
    }

    private BitSet allowed(ShapeState state) {
        BitSet found = known.get(state);
        if (found == null) {
            found = state.complete() ? ends() : openers(state);
            if (found == null) {
                found = walked(state);
            }
            known.put(state, found);
        }
        return found;
    }

    private BitSet ends() {
        BitSet set = new BitSet();
        Arrays.stream(ends).forEach(set::set);
        return set;
    }

    /** The special tokens that an opening goes on with; null for none. */
    private @Nullable BitSet openers(ShapeState state) {
        if (state.part() != ShapeState.Part.OPENING) {
            return null;
        }
        BitSet openers = new BitSet();
        control.forEach((id, letters) -> {
            if (state.opened(state.said() + letters) != null) {
                openers.set(id);
            }
        });
        return openers.isEmpty() ? null : openers;
    }

    private BitSet walked(ShapeState start) {
        BitSet allowed = new BitSet();
        List<ShapeState> path = new ArrayList<>();
        path.add(start);
        boolean dead = false;
        for (int i = 0; i < shared.length; i++) {
            if (dead && shared[i] >= path.size()) {
                continue;
            }
            while (path.size() > shared[i] + 1) {
                path.remove(path.size() - 1);
            }
            dead = !follow(path, tokens.at(i));
            if (!dead) {
                allowed.set(tokens.id(i));
            }
        }
        return allowed;
    }

    /** Goes on with the bytes of a token behind those whose states are known; says whether all of them can come. */
    private static boolean follow(List<ShapeState> path, byte[] bytes) {
        for (int at = path.size() - 1; at < bytes.length; at++) {
            ShapeState next = path.get(at).after(bytes[at] & 0xff);
            if (next == null) {
                return false;
            }
            path.add(next);
        }
        return true;
    }

    /** One answer on its way through its shape. Belongs to the thread that decodes. */
    public final class Filter implements TokenFilter {
        private ShapeState state;

        private Filter(AnswerShape shape) {
            this.state = ShapeState.start(shape);
        }

        @Override
        public BitSet allowed() {
            return ShapedTokens.this.allowed(state);
        }

        @Override
        public void accept(int id) {
            if (!allowed().get(id)) {
                throw new IllegalStateException("token " + id + " can't come at this place of the answer's shape");
            }
            if (state.complete()) {
                return;
            }
            ShapeState next = control.containsKey(id)
                    ? state.opened(state.said() + control.get(id))
                    : after(Objects.requireNonNull(tokens.of(id)));
            state = Objects.requireNonNull(next);
        }

        private @Nullable ShapeState after(byte[] bytes) {
            ShapeState next = state;
            for (byte b : bytes) {
                next = next == null ? null : next.after(b & 0xff);
            }
            return next;
        }
    }
}
