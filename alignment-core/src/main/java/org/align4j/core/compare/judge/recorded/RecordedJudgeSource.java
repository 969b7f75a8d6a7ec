package org.align4j.core.compare.judge.recorded;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.compare.judge.Judge;
import org.align4j.core.compare.judge.JudgeSetting;
import org.align4j.core.compare.judge.JudgeSource;
import org.align4j.core.data.file.DataFiles;

/** {@code recorded:FILE}: verdicts that were given elsewhere. */
public final class RecordedJudgeSource implements JudgeSource {
    @Override
    public String usage() {
        return "recorded:FILE";
    }

    @Override
    public Judge open(String named, JudgeSetting setting) {
        Path file = DataFiles.resolve("judge", List.of(named)).get(0);
        return RecordedJudge.read(file);
    }
}
