package org.align4j.core.compare.judge;

import org.align4j.core.compare.judge.ScoreJudge.Candidate;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.Completion;
import org.align4j.core.text.Message;
import org.align4j.core.text.PromptCompletion;
import org.align4j.core.text.TextEncoder;
import org.jspecify.annotations.Nullable;

/**
 * Turns an answer into the tokens that a judge's model reads: messages by its chat template, plain text as {@code align score} reads
 * it. A judge without a tokenizer gets the bytes in UTF-8 as tokens.
 *
 * @param text the judge's tokenizer and template; null where it has none
 */
record CandidateTokens(@Nullable TextEncoder text) {
    private static final int BYTE = 0xFF;

    /** Returns an answer as a policy's completion, with its texts. */
    Completion completion(Candidate candidate) {
        int row = candidate.prompt().row();
        PromptCompletion tokens = encode(candidate);
        PromptTokens prompt =
                new PromptTokens(row, tokens.prompt(), candidate.prompt().text());
        return new Completion(prompt, 0, tokens.completion(), candidate.answer(), true);
    }

    /** Encodes prompt and answer. */
    PromptCompletion encode(Candidate candidate) {
        List<Message> messages = candidate.prompt().messages();
        TextEncoder encoder = text;
        if (encoder == null) {
            return new PromptCompletion(
                    bytes(" " + candidate.prompt().text()), bytes(candidate.answer()), true, java.util.Set.of());
        }
        return messages != null && encoder.hasTemplate()
                ? encoder.encode(messages, List.of(Message.of("assistant", candidate.answer())), null)
                : encoder.encode(candidate.prompt().text(), candidate.answer());
    }

    private static int[] bytes(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int[] ids = new int[bytes.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = bytes[i] & BYTE;
        }
        return ids;
    }
}
