package org.align4j.ppo.distill;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.TextTokens;
import org.align4j.core.generate.Completion;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.jspecify.annotations.Nullable;

/**
 * One answer that a student learns from, as the student and as the teacher read it.
 *
 * @param prompt what the student reads before the answer; empty where the answer's text holds its prompt
 * @param answer token ids
 * @param learnt which of the answer's tokens count; null: all
 * @param hinted what the teacher reads before the answer; null: what the student reads
 */
@SuppressWarnings("ArrayRecordComponent") // on its way, never compared
record Lesson(int[] prompt, int[] answer, boolean @Nullable [] learnt, int @Nullable [] hinted)
        implements Serializable {

    /** Makes a lesson of an answer that the student wrote. */
    static Lesson of(Completion written, int @Nullable [] hinted) {
        return new Lesson(written.prompt().prompt(), written.ids(), null, hinted);
    }

    /** Makes a lesson of a text of the data. */
    static Lesson of(TextTokens text) {
        return new Lesson(new int[0], text.ids(), text.trained(), null);
    }

    /** Makes a lesson of so many tokens as the longest answer to a prompt may have. */
    static Lesson longest(PromptTokens prompt, int tokens, int @Nullable [] hinted) {
        int[] ids = new int[tokens];
        Arrays.fill(ids, prompt.prompt()[0]);
        return new Lesson(prompt.prompt(), ids, null, hinted);
    }

    /** Counts the tokens that the longer-reading of both models computes. */
    int tokens() {
        return answer.length + Math.max(prompt.length, hinted == null ? 0 : hinted.length);
    }

    /** Counts the tokens that are learnt. */
    int learntTokens() {
        return student().scoredTokens();
    }

    /** Returns what the student reads. */
    TokenTree student() {
        return learnt == null ? TokenTree.of(prompt, answer) : TokenTree.ofText(answer, learnt);
    }

    private TokenTree teacher() {
        return hinted == null ? student() : TokenTree.of(hinted, answer);
    }

    /** Lays lessons into one forward of the student, in their order. */
    static PackedBatch forStudent(List<Lesson> lessons, int boundary) {
        return PackedBatch.of(lessons.stream().map(Lesson::student).toList(), boundary);
    }

    /** Lays the same lessons into one forward of the teacher, whose scored tokens are the student's in their order. */
    static PackedBatch forTeacher(List<Lesson> lessons, int boundary) {
        return PackedBatch.of(lessons.stream().map(Lesson::teacher).toList(), boundary);
    }
}
