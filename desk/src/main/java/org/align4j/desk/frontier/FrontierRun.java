package org.align4j.desk.frontier;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.compare.ModelAnswers.ComparedModel;
import org.align4j.core.error.InputException;
import org.align4j.core.report.RunGroup;
import org.align4j.core.report.RunGroup.Member;
import org.align4j.core.report.RunGroup.Setting;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunResult;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/**
 * A run whose checkpoints are measured.
 *
 * @param setting its options but for the seed
 * @param start the policy that it began as
 * @param checkpoints in the order of their steps: all that are there, and the end
 */
record FrontierRun(Member run, Setting setting, ComparedModel start, List<Checkpoint> checkpoints) {
    FrontierRun {
        checkpoints = List.copyOf(checkpoints);
    }

    /** What a run had made after a step. */
    record Checkpoint(int step, ComparedModel model) {}

    /**
     * Finds the checkpoints of runs.
     *
     * @throws InputException where one has none, or they didn't begin as one policy
     */
    static List<FrontierRun> find(List<Path> folders, TrainingLog log) throws IOException {
        List<FrontierRun> runs = new ArrayList<>();
        for (Setting setting : RunGroup.settings(folders)) {
            for (Member member : setting.runs()) {
                runs.add(find(member, setting, log));
            }
        }
        requireSeeds(runs);
        FrontierRun first = runs.get(0);
        for (FrontierRun run : runs) {
            if (!isOneStart(first, run)) {
                throw new InputException(format(
                        "%s began as %s and %s as %s; divergences from two policies can't be compared: give runs that began as one.",
                        first.run().name(), described(first), run.run().name(), described(run)));
            }
        }
        return runs;
    }

    private static FrontierRun find(Member member, Setting setting, TrainingLog log) {
        Run run = Run.open(member.path());
        Map<Integer, ModelPlace> places = new TreeMap<>();
        run.adapters().forEach((step, folder) -> places.put(step, ofAdapter(run, folder)));
        run.checkpoints().forEach((step, folder) -> places.put(step, ModelPlace.of(folder.toString(), null)));
        RunResult result = run.result();
        if (result.status() == RunResult.Status.DONE && !places.containsKey(result.step())) {
            places.put(result.step(), ModelPlace.of(member.path().toString(), null));
        }
        if (places.isEmpty()) {
            throw new InputException(format(
                    "%s has no checkpoint yet; give runs that have some, and keep more with --keep-every.",
                    member.path()));
        }
        if (places.size() < 3) {
            log.note(format(
                    "%s has %d points beside its start; --keep-every keeps more of a run's checkpoints.",
                    member.name(), places.size()));
        }
        List<Checkpoint> checkpoints = new ArrayList<>();
        places.forEach((step, place) -> {
            String name = format("%s-step-%d", member.name(), step);
            checkpoints.add(new Checkpoint(step, new ComparedModel(member.path().toString(), name, place)));
        });
        return new FrontierRun(
                member, setting, ComparedModel.find("base:" + member.path(), "start", log.downloads()), checkpoints);
    }

    /** Returns the policy of an adapter that was kept without its checkpoint. */
    private static ModelPlace ofAdapter(Run run, Path adapter) {
        ModelPlace whole = ModelPlace.of(run.path().toString(), null);
        return new ModelPlace(whole.model(), adapter, whole.quantization(), whole.precision());
    }

    private static void requireSeeds(List<FrontierRun> runs) {
        for (int i = 0; i < runs.size(); i++) {
            for (FrontierRun other : runs.subList(0, i)) {
                if (other.setting().equals(runs.get(i).setting())
                        && other.run().seed() == runs.get(i).run().seed()) {
                    throw new InputException(format(
                            "%s and %s have the same options and the same seed, so that one says what the other does; leave one out.",
                            other.run().name(), runs.get(i).run().name()));
                }
            }
        }
    }

    private static boolean isOneStart(FrontierRun one, FrontierRun other) {
        return one.start().sharesBase(other.start())
                && normal(one.start().place().adapter())
                        .equals(normal(other.start().place().adapter()));
    }

    private static String normal(@Nullable Path adapter) {
        return adapter == null ? "" : adapter.toAbsolutePath().normalize().toString();
    }

    private static String described(FrontierRun run) {
        ModelPlace place = run.start().place();
        return place.model()
                + (place.adapter() == null ? "" : " with adapter " + place.adapter())
                + (place.quantization() == null ? "" : ", held as " + place.quantization());
    }
}
