package org.align4j.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParseException;
import java.io.IOException;
import org.align4j.core.error.InputException;
import org.align4j.core.error.MemoryException;
import org.align4j.core.error.NotFiniteException;
import org.align4j.core.error.RunException;
import org.align4j.core.run.HeldNames.Attempts;
import org.junit.jupiter.api.Test;

class AttemptsTest {
    @Test
    void whatACheckpointLeadsToCounts() {
        assertThat(Attempts.counts(new NotFiniteException("Loss became NaN."))).isTrue();
        assertThat(Attempts.counts(new IllegalStateException("no such tensor"))).isTrue();
        assertThat(Attempts.counts(new RunException("could not be read", new JsonParseException("no JSON"))))
                .isTrue();
    }

    @Test
    void diskMemoryOptionsAndWhatARunAsksOfOthersDontCount() {
        assertThat(Attempts.counts(new RunException("could not be written", new IOException("full"))))
                .isFalse();
        assertThat(Attempts.counts(new RunException("no room", new MemoryException(new IllegalStateException("x")))))
                .isFalse();
        assertThat(Attempts.counts(new OutOfMemoryError())).isFalse();
        assertThat(Attempts.counts(new InputException("reward is x."))).isFalse();
        assertThat(Attempts.counts(new RunException("Reward http://host failed.")))
                .isFalse();
    }

    @Test
    void twoFailuresFromOneCheckpointAreTooMany() {
        Attempts once = new Attempts(0, 0).afterFailure(20);
        assertThat(once.areTooMany(20)).isFalse();
        assertThat(once.afterFailure(20).areTooMany(20)).isTrue();
        assertThat(once.afterFailure(30).areTooMany(30)).isFalse();
    }
}
