package org.align4j.serve.fireworks;

import static org.assertj.core.api.Assertions.assertThat;

import org.align4j.serve.fireworks.Links.Link;
import org.junit.jupiter.api.Test;

/** Addresses without keys: each project has its own many, of which its oldest goes. */
class LinksTest {
    @Test
    void aProjectThatMakesManyTakesNobodysElse() {
        Links links = new Links();
        String own = links.add(new Link("small", "rows", "", 0));
        String first = links.add(new Link("big", "rows", "", 0));
        for (int i = 0; i < Links.MOST; i++) {
            links.add(new Link("big", "rows", "", 0));
        }
        assertThat(links.find(own)).isPresent();
        assertThat(links.find(first)).isEmpty();
        assertThat(links.use(own)).isPresent();
        assertThat(links.use(own)).isEmpty();
    }
}
