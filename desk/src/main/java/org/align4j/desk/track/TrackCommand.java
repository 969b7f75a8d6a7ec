package org.align4j.desk.track;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.RunException;
import org.align4j.core.options.Option;
import org.align4j.core.options.Positional;
import org.align4j.core.run.Run;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.terminal.Terminal;
import org.align4j.desk.track.MlflowSending.Amount;

/** {@code align track RUN|DIR --to TRACKER}: sends what a tracker lacks of a run, or of a sweep and its trials, and only that. */
public final class TrackCommand extends NamedCommand<TrackCommand.TrackOptions> {
    private static final Duration CALL = Duration.ofSeconds(60);
    private static final Duration FILE = Duration.ofHours(1);
    private static final int ATTEMPTS = 3;
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final String WANDB = "wandb";

    /** Names the command. */
    public TrackCommand() {
        super("track", "send what a tracker lacks of a run or a sweep", TrackOptions.class);
    }

    /**
     * Holds the options of {@code align track}.
     *
     * @param folder of a run or a sweep
     * @param to a tracker
     * @param python runs the client of Weights &amp; Biases
     */
    record TrackOptions(
            @Positional(label = "RUN", help = "A run's directory, finished or not, or a sweep's.")
            Path folder,

            @Option(help = "The tracker: mlflow:URL#EXPERIMENT, or wandb (an offline run, by the Python package).")
            String to,

            @Option(help = "The Python that has the package wandb.", defaultValue = "python3")
            String python) {
        TrackOptions {
            if (!to.equals(WANDB)) {
                if (!to.startsWith(MlflowTarget.WORD + ":")) {
                    throw new InputException(format(
                            "to is %s, which is no tracker%s Give mlflow:URL#EXPERIMENT or wandb.",
                            to, Nearest.hint(to, List.of(MlflowTarget.WORD, WANDB))));
                }
                MlflowTarget.parse(to.substring(MlflowTarget.WORD.length() + 1));
            }
        }
    }

    @Override
    public int run(TrackOptions options, Terminal terminal) throws IOException {
        Path folder = options.folder();
        if (!Run.isOne(folder) && !SweepFolder.isOne(folder)) {
            throw new InputException(format(
                    "%s is neither a run nor a sweep: it has no config.yaml and no %s; give the directory that --out named.",
                    folder, SweepFolder.PLAN));
        }
        Map<String, Object> result = options.to().equals(WANDB)
                ? new WandbReplay(options.python()).send(folder, terminal)
                : mlflow(folder, MlflowTarget.parse(options.to().substring(MlflowTarget.WORD.length() + 1)), terminal);
        terminal.result(result);
        return 0;
    }

    private static Map<String, Object> mlflow(Path folder, MlflowTarget target, Terminal terminal) throws IOException {
        Amount sent = Amount.NOTHING;
        for (Path each : SweepFolder.all(folder)) {
            sent = sent.plus(send(new TrackedFolder(each, target, CALL, FILE)));
        }
        terminal.print(
                sent.equals(Amount.NOTHING)
                        ? format("%s lacks nothing of %s.", target.text(), folder)
                        : format(
                                "Sent %,d lines of figures, %,d parameters and %,d files of %s to %s.",
                                sent.lines(), sent.params(), sent.files(), folder, target.text()));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("to", target.text());
        result.put("lines", sent.lines());
        result.put("params", sent.params());
        result.put("files", sent.files());
        return result;
    }

    private static Amount send(TrackedFolder tracked) {
        for (int attempt = 1; ; attempt++) {
            try {
                return tracked.send();
            } catch (IOException failed) {
                if (failed instanceof MlflowServer.Refused || attempt == ATTEMPTS) {
                    throw new RunException(
                            format(
                                    "%s doesn't take all of %s: %s. What it took is in %s; use the command again for the rest.",
                                    tracked.target().text(), tracked.folder(), FileFailure.told(failed), SentFile.NAME),
                            failed);
                }
            }
            try {
                StopSignal.sleep(PAUSE.multipliedBy(attempt));
            } catch (InterruptedException now) {
                Thread.currentThread().interrupt();
                throw new RunException("interrupted before all was sent; use the command again for the rest.", now);
            }
        }
    }
}
