package org.align4j.dpo;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.align4j.core.run.EventSink;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunEvent.Recorded;

/** A sink that is found on the class path, and takes events only while a test asks it to. */
public final class HeardEvents implements EventSink {
    static final List<Recorded> HEARD = new CopyOnWriteArrayList<>();

    private static volatile boolean asked;

    static void ofRuns(Runnable runs) {
        HEARD.clear();
        asked = true;
        try {
            runs.run();
        } finally {
            asked = false;
        }
    }

    @Override
    public String name() {
        return "heard";
    }

    @Override
    public boolean begin(Run run) {
        return asked;
    }

    @Override
    public void hear(Recorded event) {
        HEARD.add(event);
    }
}
