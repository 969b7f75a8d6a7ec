package org.align4j.core.compare.judge;

import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.data.file.DataFiles;

/** {@code recorded:FILE}: verdicts that were given elsewhere. */
public final class RecordedJudgeSource implements JudgeSource {
    @Override
    public String usage() {
        return "recorded:FILE";
    }

    @Override
    public void require(String named, JudgeOptions options) {
        file(named);
    }

    @Override
    public Judge open(String named, JudgeSetting setting) {
        return RecordedJudge.read(file(named));
    }

    private static Path file(String named) {
        return DataFiles.resolve("judge", List.of(named)).get(0);
    }
}
