package org.align4j.serve.door;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.generate.AnswerQueue.Alternative;
import org.align4j.core.generate.AnswerQueue.EndReason;
import org.align4j.core.generate.AnswerQueue.Scores;
import org.align4j.core.generate.AnswerQueue.Token;
import org.align4j.core.text.Tokenizer;
import org.align4j.serve.chat.CallForm.Call;
import org.align4j.serve.chat.TokenCount;
import org.jspecify.annotations.Nullable;

/**
 * Writes answers as OpenAI's clients read them.
 *
 * @param id of the whole answer
 * @param created in seconds since 1970
 * @param model as the client called it
 * @param fingerprint names all that decides the tokens besides the request
 * @param tokenizer writes tokens
 * @param scores whether log-probabilities were asked for
 */
record AnswerDocuments(String id, long created, String model, String fingerprint, Tokenizer tokenizer, boolean scores) {

    /** Returns a whole answer, or a chunk of one, with its choices. */
    Map<String, @Nullable Object> whole(String object, List<?> choices) {
        Map<String, @Nullable Object> whole = new LinkedHashMap<>();
        whole.put("id", id);
        whole.put("object", object);
        whole.put("created", created);
        whole.put("model", model);
        whole.put("system_fingerprint", fingerprint);
        whole.put("choices", choices);
        return whole;
    }

    /** Returns a choice of a chat that is over. */
    Map<String, @Nullable Object> chosen(int index, String text, List<Call> calls, List<Token> tokens, String reason) {
        Map<String, @Nullable Object> message = new LinkedHashMap<>();
        message.put("role", "assistant");
        message.put("content", text.isEmpty() && !calls.isEmpty() ? null : text);
        message.put("refusal", null);
        message.put("annotations", List.of());
        if (!calls.isEmpty()) {
            message.put("tool_calls", calls.stream().map(AnswerDocuments::call).toList());
        }
        Map<String, @Nullable Object> choice = new LinkedHashMap<>();
        choice.put("index", index);
        choice.put("message", message);
        choice.put("logprobs", chatScores(tokens));
        choice.put("finish_reason", reason);
        return choice;
    }

    /** Returns a choice of a chunk. */
    Map<String, @Nullable Object> delta(int index, Map<String, ?> delta, List<Token> tokens, @Nullable String reason) {
        Map<String, @Nullable Object> choice = new LinkedHashMap<>();
        choice.put("index", index);
        choice.put("delta", delta);
        choice.put("logprobs", tokens.isEmpty() ? null : chatScores(tokens));
        choice.put("finish_reason", reason);
        return choice;
    }

    /** Returns a choice of a completion, or a piece of one. */
    Map<String, @Nullable Object> completed(
            int index, String text, List<Token> tokens, int offset, @Nullable String reason) {
        Map<String, @Nullable Object> choice = new LinkedHashMap<>();
        choice.put("text", text);
        choice.put("index", index);
        choice.put("logprobs", scores ? completionScores(tokens, offsets(tokens, offset)) : null);
        choice.put("finish_reason", reason);
        return choice;
    }

    /** Returns a choice of a completion whose text begins with its prompt, with the log-probabilities of all tokens of both. */
    Map<String, @Nullable Object> echoed(int index, String text, List<Token> tokens, String reason) {
        Map<String, @Nullable Object> choice = new LinkedHashMap<>();
        choice.put("text", text);
        choice.put("index", index);
        choice.put("logprobs", completionScores(tokens, offsets(tokens, text)));
        choice.put("finish_reason", reason);
        return choice;
    }

    private static Map<String, Object> call(Call call) {
        Map<String, Object> written = new LinkedHashMap<>();
        written.put("id", call.id());
        written.put("type", "function");
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", call.name());
        function.put("arguments", call.arguments());
        written.put("function", function);
        return written;
    }

    /** Returns a call as a part of a delta. */
    static Map<String, Object> streamed(Call call, int index) {
        Map<String, Object> written = new LinkedHashMap<>();
        written.put("index", index);
        written.putAll(call(call));
        return written;
    }

    private @Nullable Map<String, @Nullable Object> chatScores(List<Token> tokens) {
        if (!scores) {
            return null;
        }
        Map<String, @Nullable Object> whole = new LinkedHashMap<>();
        List<Object> content = new ArrayList<>();
        for (Token token : tokens) {
            Scores own = token.scores();
            if (own != null) {
                Map<String, Object> said = said(token.id(), own.logProb());
                said.put(
                        "top_logprobs",
                        own.alternatives().stream()
                                .map(each -> said(each.id(), each.logProb()))
                                .toList());
                content.add(said);
            }
        }
        whole.put("content", content);
        whole.put("refusal", null);
        return whole;
    }

    private Map<String, Object> said(int id, double logProb) {
        Map<String, Object> said = new LinkedHashMap<>();
        List<Integer> bytes = new ArrayList<>();
        for (byte b : bytes(id)) {
            bytes.add(b & 0xff);
        }
        said.put("token", text(id));
        said.put("logprob", finite(logProb));
        said.put("bytes", bytes);
        return said;
    }

    /** JSON has no infinity; OpenAI writes −9999 for what can't come. */
    private static double finite(double logProb) {
        return Math.max(-9999, logProb);
    }

    private byte[] bytes(int id) {
        byte[] own = tokenizer.spelling(id);
        return own == null ? tokenizer.decode(new int[] {id}, false).getBytes(StandardCharsets.UTF_8) : own;
    }

    /** A token's text; where it holds a part of a character, its bytes as OpenAI writes them: {@code bytes:\xe2\x82}. */
    private String text(int id) {
        byte[] own = bytes(id);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(own))
                    .toString();
        } catch (CharacterCodingException part) {
            StringBuilder escaped = new StringBuilder("bytes:");
            for (byte b : own) {
                escaped.append("\\x")
                        .append(Character.forDigit(b >> 4 & 15, 16))
                        .append(Character.forDigit(b & 15, 16));
            }
            return escaped.toString();
        }
    }

    /** Where tokens that follow each other begin, in characters as Python counts them. */
    private List<Integer> offsets(List<Token> tokens, int first) {
        List<Integer> offsets = new ArrayList<>();
        int at = first;
        for (Token token : tokens) {
            offsets.add(at);
            String text = text(token.id());
            at += text.codePointCount(0, text.length());
        }
        return offsets;
    }

    /** Where tokens begin in a text that leaves out some of them: special ones, and the space of a text's first token. */
    private List<Integer> offsets(List<Token> tokens, String text) {
        byte[] all = text.getBytes(StandardCharsets.UTF_8);
        List<Integer> offsets = new ArrayList<>();
        int at = 0;
        for (Token token : tokens) {
            String before = new String(all, 0, at, StandardCharsets.UTF_8);
            offsets.add(before.codePointCount(0, before.length()));
            byte[] own = bytes(token.id());
            int from = own.length > 0 && own[0] == ' ' && !begins(all, at, own, 0) ? 1 : 0;
            at += begins(all, at, own, from) ? own.length - from : 0;
        }
        return offsets;
    }

    private static boolean begins(byte[] all, int at, byte[] part, int from) {
        int length = part.length - from;
        return at + length <= all.length && Arrays.equals(all, at, at + length, part, from, part.length);
    }

    private Map<String, @Nullable Object> completionScores(List<Token> tokens, List<Integer> offsets) {
        List<String> texts = new ArrayList<>();
        List<@Nullable Double> own = new ArrayList<>();
        List<@Nullable Map<String, Double>> top = new ArrayList<>();
        for (Token token : tokens) {
            Scores scored = Objects.requireNonNull(token.scores(), "log-probabilities were asked for");
            texts.add(text(token.id()));
            boolean first = Double.isNaN(scored.logProb());
            own.add(first ? null : (Double) finite(scored.logProb()));
            top.add(first ? null : likeliest(token.id(), scored));
        }
        Map<String, @Nullable Object> whole = new LinkedHashMap<>();
        whole.put("tokens", texts);
        whole.put("token_logprobs", own);
        whole.put("top_logprobs", top);
        whole.put("text_offset", offsets);
        return whole;
    }

    private Map<String, Double> likeliest(int id, Scores scored) {
        Map<String, Double> likeliest = new LinkedHashMap<>();
        for (Alternative each : scored.alternatives()) {
            likeliest.putIfAbsent(text(each.id()), finite(each.logProb()));
        }
        likeliest.putIfAbsent(text(id), finite(scored.logProb()));
        return likeliest;
    }

    /** Returns the counts of a request. */
    static Map<String, Object> usage(TokenCount tokens) {
        Map<String, Object> usage = new LinkedHashMap<>();
        usage.put("prompt_tokens", tokens.prompt());
        usage.put("completion_tokens", tokens.answer());
        usage.put("total_tokens", tokens.prompt() + tokens.answer());
        Map<String, Object> read = new LinkedHashMap<>();
        read.put("cached_tokens", tokens.reused());
        read.put("audio_tokens", 0);
        usage.put("prompt_tokens_details", read);
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("reasoning_tokens", 0);
        details.put("audio_tokens", 0);
        details.put("accepted_prediction_tokens", 0);
        details.put("rejected_prediction_tokens", 0);
        usage.put("completion_tokens_details", details);
        return usage;
    }

    /** Returns why an answer ended, in OpenAI's words. */
    static String reason(EndReason reason, boolean called) {
        if (reason == EndReason.LENGTH) {
            return "length";
        }
        return called ? "tool_calls" : "stop";
    }
}
