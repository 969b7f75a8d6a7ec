package org.align4j.serve.chat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.generate.AnswerQueue.EndReason;
import org.align4j.core.generate.AnswerQueue.Ended;
import org.align4j.core.generate.AnswerQueue.Piece;
import org.align4j.core.generate.AnswerQueue.Token;
import org.align4j.core.text.Tokenizer;
import org.align4j.serve.chat.CallForm.Call;
import org.jspecify.annotations.Nullable;

/**
 * Reads one answer as it comes: its text, the functions that it calls, and the tokens of the text that is certain. Tokens that end the answer,
 * those of a stop text and control tokens are none of the text's. Belongs to one thread.
 */
public final class AnswerReader {
    private final Tokenizer tokenizer;
    private final @Nullable Marks marks;
    private final @Nullable CallReader calls;
    private final Deque<Token> waiting = new ArrayDeque<>();
    private int seen;
    private int characters;
    private long certainBytes;
    private long tokenBytes;

    /** Reads an answer of text alone. */
    public AnswerReader(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.marks = null;
        this.calls = null;
    }

    /**
     * Reads an answer that may call functions.
     *
     * @param form how the model writes calls
     * @param offered names of the functions
     * @param several whether the answer may call more than one
     */
    public AnswerReader(Tokenizer tokenizer, CallForm form, List<String> offered, boolean several) {
        this.tokenizer = tokenizer;
        this.marks = new Marks(tokenizer, form);
        this.calls = new CallReader(form, offered, several);
    }

    /**
     * Holds what is certain of an answer after a piece more of it came.
     *
     * @param text behind the text before
     * @param calls behind the text
     * @param tokens of the text
     */
    public record Delta(String text, List<Call> calls, List<Token> tokens) {
        /** Returns whether there is nothing new. */
        public boolean isEmpty() {
            return text.isEmpty() && calls.isEmpty() && tokens.isEmpty();
        }
    }

    /** Takes the next piece. */
    public Delta add(Piece piece) {
        return take(piece, false, false);
    }

    /** Takes the end; returns what was still missing. */
    public Delta end(Ended ended) {
        String whole = ended.text() == null ? "" : ended.text();
        String rest = whole.length() > characters ? whole.substring(characters) : "";
        List<Token> fresh = ended.tokens()
                .subList(Math.min(seen, ended.tokens().size()), ended.tokens().size());
        return take(new Piece(rest, fresh), true, ended.reason() == EndReason.STOP);
    }

    private Delta take(Piece piece, boolean last, boolean stopped) {
        waiting.addAll(piece.tokens());
        seen += piece.tokens().size();
        characters += piece.text().length();
        return delta(marks == null ? piece.text() : marks.weave(piece), last, stopped);
    }

    /** Returns whether no more calls may come, so that the answer can be ended here. */
    public boolean full() {
        return calls != null && calls.full();
    }

    private Delta delta(String piece, boolean last, boolean stopped) {
        certainBytes += piece.getBytes(StandardCharsets.UTF_8).length;
        List<Token> tokens = new ArrayList<>();
        while (!waiting.isEmpty() && (calls != null || (last && !stopped) || tokenBytes < certainBytes)) {
            Token next = waiting.remove();
            if (!tokenizer.isControl(next.id()) && !tokenizer.special().stopsAt(next.id())) {
                byte[] bytes = tokenizer.spelling(next.id());
                tokenBytes += bytes == null ? 1 : bytes.length;
                tokens.add(next);
            }
        }
        if (calls == null) {
            return new Delta(piece, List.of(), tokens);
        }
        CallReader.Parted parted = calls.add(piece);
        List<Call> found = new ArrayList<>(parted.calls());
        String said = parted.text();
        if (last) {
            CallReader.Parted rest = calls.finish();
            said += rest.text();
            found.addAll(rest.calls());
        }
        return new Delta(said, found, tokens);
    }

    /** Puts the marks of calls back into a text where they are control tokens, which an answer's text leaves out. */
    private static final class Marks {
        private final Tokenizer tokenizer;
        private final Map<Integer, String> marks = new HashMap<>();
        private final Deque<Mark> coming = new ArrayDeque<>();
        private int[] ids = new int[64];
        private int count;
        private int given;

        /** @param at characters of the text before it */
        private record Mark(int at, String text) {}

        Marks(Tokenizer tokenizer, CallForm form) {
            this.tokenizer = tokenizer;
            for (String mark : List.of(form.opening(), form.closing())) {
                int[] spelled = mark.isEmpty() ? new int[0] : tokenizer.encode(mark, false);
                if (spelled.length == 1 && tokenizer.isControl(spelled[0])) {
                    marks.put(spelled[0], mark);
                }
            }
        }

        String weave(Piece piece) {
            for (Token token : piece.tokens()) {
                String mark = marks.get(token.id());
                if (mark != null) {
                    coming.add(new Mark(
                            tokenizer.decode(Arrays.copyOf(ids, count), true).length(), mark));
                }
                if (count == ids.length) {
                    ids = Arrays.copyOf(ids, 2 * count);
                }
                ids[count++] = token.id();
            }
            StringBuilder woven = new StringBuilder();
            int end = given + piece.text().length();
            int from = 0;
            while (!coming.isEmpty() && coming.element().at() <= end) {
                Mark mark = coming.remove();
                int to = Math.max(from, mark.at() - given);
                woven.append(piece.text(), from, to).append(mark.text());
                from = to;
            }
            given = end;
            return woven.append(piece.text(), from, piece.text().length()).toString();
        }
    }
}
