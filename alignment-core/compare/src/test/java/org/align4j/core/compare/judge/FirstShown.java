package org.align4j.core.compare.judge;

import java.util.List;
import java.util.function.IntConsumer;
import org.align4j.core.compare.judge.PairJudge.Choice;
import org.align4j.core.compare.judge.PairJudge.Presented;

/** Always prefers the answer that is shown first. */
public final class FirstShown implements PairJudge {
    @Override
    public List<Choice> choose(List<Presented> presented, IntConsumer progress) {
        progress.accept(presented.size());
        return presented.stream().map(each -> Choice.A).toList();
    }
}
