package org.align4j.reward;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.data.StepTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.text.StreamDecoder;
import org.align4j.core.text.Tokenizer;

/**
 * Finds the steps of answers that have no marks of them: a step ends with the token that completes the separator's text, whatever
 * tokens wrote it. What ends the answer (EOS, a turn's end) is left off, and a last step without a separator gets one, so that it is
 * read where the steps of training were.
 */
final class StepEnds {
    private final Tokenizer tokenizer;
    private final String separator;
    private final int[] separatorIds;

    StepEnds(Tokenizer tokenizer, String separator) {
        this.tokenizer = tokenizer;
        this.separator = separator;
        this.separatorIds = tokenizer.encode(separator, false);
    }

    /**
     * The steps of an answer; a blank one is none, and an answer of nothing but blanks is one step.
     *
     * @param answer {@code [C]} its tokens as they were made
     * @throws InputException where something is said after the answer's end
     */
    StepTokens split(int row, int[] prompt, int[] answer) {
        int length = end(row, answer);
        StreamDecoder decoder = tokenizer.stream(false);
        StringBuilder step = new StringBuilder();
        List<Integer> ends = new ArrayList<>();
        for (int t = 0; t < length; t++) {
            step.append(decoder.add(answer[t]));
            int last = step.lastIndexOf(separator);
            if (last >= 0) {
                if (!blank(step.substring(0, last))) {
                    ends.add(t + 1);
                }
                step.delete(0, last + separator.length());
            }
        }
        boolean open = !blank(step.append(decoder.finish()).toString());
        if (!open && !ends.isEmpty()) {
            return tokens(row, prompt, Arrays.copyOf(answer, ends.get(ends.size() - 1)), ends);
        }
        int[] closed = Arrays.copyOf(answer, length + separatorIds.length);
        System.arraycopy(separatorIds, 0, closed, length, separatorIds.length);
        ends.add(closed.length);
        return tokens(row, prompt, closed, ends);
    }

    private boolean blank(String text) {
        return text.replace(separator, "").isBlank();
    }

    private static StepTokens tokens(int row, int[] prompt, int[] completion, List<Integer> ends) {
        return StepTokens.unjudged(
                row,
                prompt,
                completion,
                ends.stream().mapToInt(Integer::intValue).toArray());
    }

    private int end(int row, int[] answer) {
        int end = 0;
        while (end < answer.length && !tokenizer.special().stopsAt(answer[end])) {
            end++;
        }
        int[] after = Arrays.stream(answer, end, answer.length)
                .filter(id -> !tokenizer.special().stopsAt(id))
                .toArray();
        if (!tokenizer.decode(after, true).isBlank()) {
            throw new InputException(
                    "The answer of row " + row + " goes on after its end (token " + answer[end] + ", \""
                            + tokenizer.decode(new int[] {answer[end]}, false)
                            + "\"), but a process reward model reads the steps of one turn; give its last turn as the answer.");
        }
        return end;
    }
}
