package org.align4j.serve.together;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.align4j.serve.files.StoredFiles;
import org.align4j.web.Refusal;
import org.junit.jupiter.api.Test;

/** Paths that bytes are sent to without a key: each project has its own many. */
class TicketsTest {
    private static final StoredFiles.Label LABEL = new StoredFiles.Label("rows.jsonl", "fine-tune", null);

    @Test
    void aProjectThatAnnouncesManyLeavesRoomForOthers() {
        Instant[] now = {Instant.parse("2026-12-02T10:00:00Z")};
        Tickets tickets = new Tickets(() -> now[0]);
        for (int i = 0; i < Tickets.MOST; i++) {
            tickets.open("big", LABEL, "file-" + i, "", null);
        }
        assertThatThrownBy(() -> tickets.open("big", LABEL, "file-more", "", null))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("one project");
        String own = tickets.open("small", LABEL, "file-own", "", null);
        assertThat(tickets.use(own).project()).isEqualTo("small");
        assertThatThrownBy(() -> tickets.use(own)).isInstanceOf(Refusal.class);
        now[0] = now[0].plus(Tickets.LIFETIME);
        assertThat(tickets.open("big", LABEL, "file-later", "", null)).isNotEmpty();
    }
}
