package org.align4j.serve.door;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.files.Json;
import org.align4j.core.generate.AnswerQueue.Alternative;
import org.align4j.core.generate.AnswerQueue.EndReason;
import org.align4j.core.generate.AnswerQueue.Ended;
import org.align4j.core.generate.AnswerQueue.Scores;
import org.align4j.core.generate.AnswerQueue.Token;
import org.align4j.serve.chat.AnswerReader;
import org.align4j.serve.chat.AnswerReader.Delta;
import org.align4j.serve.chat.CallForm.Call;
import org.align4j.serve.chat.TokenCount;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Writes the answers to one request as they come: as one document, or as events.
 *
 * @param endpoint in whose documents
 * @param choices one for each answer
 */
record AnswerWriter(ChatFields endpoint, AnswerRun run, AnswerDocuments documents, List<Choice> choices) {
    /** Between two signs of life of a stream that has nothing to say. */
    private static final Duration QUIET = Duration.ofSeconds(10);

    /** Between two looks whether a client is still there. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    /** One answer as far as it came. */
    static final class Choice {
        private final AnswerReader reader;
        private final int prompt;
        private final int @Nullable [] scored;
        private final StringBuilder text = new StringBuilder();
        private final List<Call> calls = new ArrayList<>();
        private final List<Token> tokens = new ArrayList<>();
        private @Nullable Ended ended;

        /**
         * @param prompt the number of the prompt that it answers
         * @param echo what stands before the answer
         * @param scored {@code [P]} the prompt's tokens, where their log-probabilities stand before the answer's; else null
         */
        Choice(AnswerReader reader, int prompt, String echo, int @Nullable [] scored) {
            this.reader = reader;
            this.prompt = prompt;
            this.scored = scored;
            this.text.append(echo);
        }

        private void take(Delta delta) {
            text.append(delta.text());
            calls.addAll(delta.calls());
            tokens.addAll(delta.tokens());
        }

        /** Returns the tokens of prompt and answer; among them the one that ended the answer, unless a stop text cut it. */
        private List<Token> all(int... promptIds) {
            Ended whole = Objects.requireNonNull(ended);
            List<Token> all = new ArrayList<>();
            for (int t = 0; t < promptIds.length; t++) {
                List<Alternative> likeliest = whole.prompt().alternatives().get(t);
                all.add(new Token(promptIds[t], new Scores(whole.prompt().logProbs()[t], likeliest)));
            }
            all.addAll(whole.reason() == EndReason.STOP ? tokens : whole.tokens());
            return all;
        }

        /** Counts the characters of its text as Python counts them. */
        private int length() {
            return text.codePointCount(0, text.length());
        }

        private String reason() {
            EndReason reason = ended == null ? EndReason.CANCELLED : ended.reason();
            return AnswerDocuments.reason(reason, !calls.isEmpty());
        }
    }

    private String object(boolean chunk) {
        return endpoint == ChatFields.COMPLETIONS
                ? "text_completion"
                : chunk ? "chat.completion.chunk" : "chat.completion";
    }

    /**
     * Waits for all answers and returns the document.
     *
     * @throws Refusal of status 500 or 503 where one can't be made
     */
    Map<String, @Nullable Object> whole() {
        return whole(() -> {});
    }

    /**
     * Waits for all answers and returns the document.
     *
     * @param look called every now and then; what it throws ends the answers
     */
    Map<String, @Nullable Object> whole(Runnable look) {
        await(LOOK, look);
        List<Object> written = new ArrayList<>();
        for (int i = 0; i < choices.size(); i++) {
            Choice choice = choices.get(i);
            written.add(
                    endpoint == ChatFields.CHAT
                            ? documents.chosen(i, choice.text.toString(), choice.calls, choice.tokens, choice.reason())
                            : completed(i));
        }
        Map<String, @Nullable Object> whole = documents.whole(object(false), written);
        whole.put("usage", usage());
        return whole;
    }

    /** Returns a completion that is over. */
    private Map<String, @Nullable Object> completed(int index) {
        Choice choice = choices.get(index);
        String text = choice.text.toString();
        return choice.scored == null
                ? documents.completed(index, text, choice.tokens, 0, choice.reason())
                : documents.echoed(index, text, choice.all(choice.scored), choice.reason());
    }

    private void await(Duration every, Runnable look) {
        long looked = System.nanoTime();
        int left = choices.size();
        while (left > 0) {
            AnswerRun.Event event = run.next(every);
            left -= event == null || !take(event, new ArrayList<>()) ? 0 : 1;
            if (left > 0 && System.nanoTime() - looked >= every.toNanos()) {
                look.run();
                looked = System.nanoTime();
            }
        }
    }

    /**
     * Sends all completions as events, each in one chunk when it is over: OpenAI's description wants a reason in every chunk, which its own
     * streams have in the last one alone.
     */
    void streamWhole(AnswerForm.Chunks out, Counts counts) {
        await(QUIET, out::keepAlive);
        boolean usage = counts == Counts.APART;
        for (int i = 0; i < choices.size(); i++) {
            send(out, List.of(completed(i)), false, counts == Counts.LAST && i == choices.size() - 1);
        }
        end(out, usage);
    }

    private void end(AnswerForm.Chunks out, boolean usage) {
        if (usage) {
            Map<String, @Nullable Object> last = documents.whole(object(true), List.of());
            last.put("usage", usage());
            out.send(Json.text(last));
        }
        out.send("[DONE]");
    }

    /** Where the counts of tokens are in a stream. */
    enum Counts {
        /** A stream has no counts. */
        NONE,
        /** A chunk of their own has the counts, and all others a null in their place, as OpenAI's do. */
        APART,
        /** The last chunk has the counts, as other services' do. */
        LAST
    }

    /** Sends all answers as events; those whose prompts are scored each as a whole, since that is how prompts are. */
    void stream(AnswerForm.Chunks out, Counts counts) {
        if (choices.stream().anyMatch(choice -> choice.scored != null)) {
            streamWhole(out, counts);
            return;
        }
        boolean usage = counts == Counts.APART;
        for (int i = 0; i < choices.size(); i++) {
            begin(out, i, usage);
        }
        int left = choices.size();
        while (left > 0) {
            AnswerRun.Event event = run.next(QUIET);
            if (event == null) {
                out.keepAlive();
                continue;
            }
            List<Map<String, @Nullable Object>> chunks = new ArrayList<>();
            boolean over = take(event, chunks);
            left -= over ? 1 : 0;
            for (int i = 0; i < chunks.size(); i++) {
                boolean last = left == 0 && i == chunks.size() - 1;
                send(out, List.of(chunks.get(i)), usage, last && counts == Counts.LAST);
            }
        }
        end(out, usage);
    }

    private void begin(AnswerForm.Chunks out, int index, boolean usage) {
        if (endpoint == ChatFields.CHAT) {
            Map<String, @Nullable Object> role = new LinkedHashMap<>();
            role.put("role", "assistant");
            role.put("content", "");
            role.put("refusal", null);
            send(out, List.of(documents.delta(index, role, List.of(), null)), usage, false);
        } else if (!choices.get(index).text.isEmpty()) {
            String echo = choices.get(index).text.toString();
            send(out, List.of(documents.completed(index, echo, List.of(), 0, null)), usage, false);
        }
    }

    private void send(AnswerForm.Chunks out, List<?> chunk, boolean usage, boolean counted) {
        Map<String, @Nullable Object> whole = documents.whole(object(true), chunk);
        if (usage) {
            whole.put("usage", null);
        }
        if (counted) {
            whole.put("usage", usage());
        }
        out.send(Json.text(whole));
    }

    /** Takes what came of an answer and adds the chunks that tell it; says whether the answer is over. */
    private boolean take(AnswerRun.Event event, List<Map<String, @Nullable Object>> chunks) {
        if (event.failure() != null) {
            throw new Refusal(
                    500, "The answer could not be made: " + event.failure().getMessage());
        }
        Choice choice = choices.get(event.answer());
        if (event.piece() != null) {
            if (!choice.reader.full()) {
                tell(event.answer(), choice.reader.add(event.piece()), chunks);
                if (choice.reader.full()) {
                    run.cancel(event.answer());
                }
            }
            return false;
        }
        Ended ended = Objects.requireNonNull(event.ended());
        choice.ended = ended;
        boolean broken = ended.reason() == EndReason.CANCELLED || ended.reason() == EndReason.STALLED;
        if (broken && !choice.reader.full()) {
            throw new Refusal(
                    503,
                    ended.reason() == EndReason.STALLED
                            ? "The answer was ended because the client took nothing of it for too long; ask again."
                            : "The answer was ended because the server is stopping; ask again when it is back.");
        }
        tell(event.answer(), choice.reader.end(ended), chunks);
        chunks.add(
                endpoint == ChatFields.CHAT
                        ? documents.delta(event.answer(), Map.of(), List.of(), choice.reason())
                        : documents.completed(event.answer(), "", List.of(), choice.length(), choice.reason()));
        return true;
    }

    private void tell(int index, Delta delta, List<Map<String, @Nullable Object>> chunks) {
        Choice choice = choices.get(index);
        int before = choice.length();
        int called = choice.calls.size();
        choice.take(delta);
        List<Token> tokens = documents.scores() ? delta.tokens() : List.of();
        if (endpoint == ChatFields.COMPLETIONS) {
            if (!delta.text().isEmpty() || !tokens.isEmpty()) {
                chunks.add(documents.completed(index, delta.text(), tokens, before, null));
            }
            return;
        }
        if (!delta.text().isEmpty() || !tokens.isEmpty()) {
            chunks.add(documents.delta(index, Map.of("content", delta.text()), tokens, null));
        }
        for (int i = 0; i < delta.calls().size(); i++) {
            Map<String, Object> call = AnswerDocuments.streamed(delta.calls().get(i), called + i);
            chunks.add(documents.delta(index, Map.of("tool_calls", List.of(call)), List.of(), null));
        }
    }

    private Map<String, Object> usage() {
        return AnswerDocuments.usage(tokens());
    }

    /** Counts the tokens of all answers; of one that isn't over, those that were made so far. */
    TokenCount tokens() {
        Map<Integer, Ended> firsts = new LinkedHashMap<>();
        int made = 0;
        for (Choice choice : choices) {
            Ended ended = choice.ended;
            made += ended == null ? choice.tokens.size() : ended.usage().answerTokens();
            if (ended != null) {
                firsts.merge(
                        choice.prompt,
                        ended,
                        (a, b) -> a.usage().reusedTokens() <= b.usage().reusedTokens() ? a : b);
            }
        }
        return new TokenCount(
                firsts.values().stream()
                        .mapToLong(each -> each.usage().promptTokens())
                        .sum(),
                firsts.values().stream()
                        .mapToLong(each -> each.usage().reusedTokens())
                        .sum(),
                made);
    }
}
