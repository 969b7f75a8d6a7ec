package org.align4j.core.compare.judge;

import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.options.NamedClass;

/** {@code class:NAME}: a class of one's own that implements {@link ScoreJudge} or {@link PairJudge}. */
public final class ClassJudgeSource implements JudgeSource {
    private static final NamedClass<Judge> CLASSES = new NamedClass<>("judge", Judge.class);

    @Override
    public String usage() {
        return "class:NAME";
    }

    @Override
    public void require(String named, JudgeOptions options) {
        find(named);
    }

    @Override
    public Judge open(String named, JudgeSetting setting) {
        return CLASSES.create(find(named));
    }

    private static Class<? extends Judge> find(String named) {
        return CLASSES.find(named)
                .orElseThrow(
                        () -> new InputException(
                                "judge is class:" + Shortened.of(named)
                                        + ", but there is no such class here; ALIGN4J_CLASSPATH names the jar or folder of one's own."));
    }
}
