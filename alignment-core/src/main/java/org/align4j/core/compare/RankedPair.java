package org.align4j.core.compare;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.compare.answers.AskedPrompt;
import org.align4j.core.text.Message;

/**
 * The best and the worst of several answers to a prompt.
 *
 * @param prompt what was asked
 * @param chosen the best answer
 * @param chosenSample which of the answers it is, from 0
 * @param rejected the worst answer
 * @param rejectedSample which of the answers it is, from 0
 * @param margin by how much the best one is better: the difference of scores, or of the shares of matches won
 */
public record RankedPair(
        AskedPrompt prompt, String chosen, int chosenSample, String rejected, int rejectedSample, double margin) {

    /** Returns the preference row of this pair, as {@code align dpo} and {@code align reward} read it. */
    public Map<String, Object> row() {
        List<Message> messages = prompt.messages();
        Map<String, Object> row = new LinkedHashMap<>();
        if (messages == null) {
            row.put("prompt", prompt.text());
            row.put("chosen", chosen);
            row.put("rejected", rejected);
        } else {
            row.put("prompt", messages.stream().map(Message::fields).toList());
            row.put("chosen", List.of(Message.of("assistant", chosen).fields()));
            row.put("rejected", List.of(Message.of("assistant", rejected).fields()));
        }
        row.put("margin", margin);
        row.put("source_row", prompt.row());
        row.put("chosen_sample", chosenSample);
        row.put("rejected_sample", rejectedSample);
        return row;
    }
}
