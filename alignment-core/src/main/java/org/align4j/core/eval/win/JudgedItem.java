package org.align4j.core.eval.win;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Holds what several judges say of one comparison.
 *
 * @param prompt items of equal prompts are one cluster
 * @param verdicts one a judge, in one order throughout, such as "win", "tie" and "loss"; null where a judge gives none
 */
public record JudgedItem(String prompt, List<@Nullable String> verdicts) {
    public JudgedItem {
        verdicts = Collections.unmodifiableList(new ArrayList<>(verdicts));
    }
}
