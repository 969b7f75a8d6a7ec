package org.align4j.core.train.options;

import java.util.List;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.align4j.core.run.TrackTargets;

/** Who follows a run while it trains, beside its console and its directory. */
@Heading("Watching")
public record WatchingOptions(
        @Option(help = "Serve a live page of the run on this machine while it trains; the console has its address.")
        boolean watch,

        @Option(
                help = "Where figures go besides metrics.jsonl: tensorboard (the run's folder tensorboard),"
                        + " mlflow:URL#EXPERIMENT; or none.",
                defaultValue = "tensorboard")
        List<String> track) {
    /** Nobody follows. */
    public static final WatchingOptions NONE = new WatchingOptions(false, List.of());

    /** Refuses targets that nothing on the class path sends to. */
    public WatchingOptions {
        track = List.copyOf(track);
        new TrackTargets(track).require();
    }
}
