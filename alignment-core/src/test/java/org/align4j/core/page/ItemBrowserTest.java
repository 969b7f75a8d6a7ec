package org.align4j.core.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.VisibleText;
import org.align4j.core.page.ItemBrowser.BrowsedItem;
import org.align4j.core.page.ItemBrowser.BrowsedItem.Mark;
import org.align4j.core.page.ItemBrowser.BrowsedItem.Side;
import org.align4j.core.page.ItemBrowser.Preset;
import org.junit.jupiter.api.Test;

/** The list of items: what can be chosen, and that no text is anything else. */
class ItemBrowserTest {
    private static BrowsedItem item(String tag, String text, Mark... marks) {
        return new BrowsedItem(
                "one", text, List.of(new Side("A", text, "", "")), List.of(text), List.of(tag), List.of(marks));
    }

    private static ItemBrowser browser() {
        return new ItemBrowser("prompt", List.of("Tag"), List.of("Judge", "Verdict"))
                .add(item("a", "x", new Mark(List.of("J", "wins"), 1)))
                .add(item("b", "y", new Mark(List.of("J", "loses"), 0.5), new Mark(List.of("J", "wins"), 0.1)));
    }

    @Test
    void aFilterThatAllItemsPassIsNotOffered() {
        assertThat(browser().html("Answers", "none"))
                .contains("<h2>Answers</h2>", "Tag<select name=\"facet0\">", "Verdict<select name=\"mark1\">")
                .contains("<option value=\"wins\">wins</option><option value=\"loses\">loses</option>")
                .doesNotContain("Judge<select");
        assertThat(browser().add(item("", "z")).html("Answers", "none"))
                .as("an item without a judge doesn't pass")
                .doesNotContain("Judge<select");
        assertThat(browser()
                        .add(item("", "z", new Mark(List.of("", "wins"), 0)))
                        .html("Answers", "none"))
                .contains(
                        "Judge<select name=\"mark0\"><option value=\"\">any</option><option value=\"J\">J</option></select>");
    }

    /** One mark must have all that is chosen: J wins at a and at b, but nobody ties. */
    @Test
    void aPresetThatFindsNothingIsNotOffered() throws IOException {
        ItemBrowser browser = browser()
                .add(new Preset("Won", Map.of("Judge", "J", "Verdict", "wins"), false))
                .add(new Preset("Lost at a", Map.of("Tag", "a", "Verdict", "loses"), false))
                .add(new Preset("Lost at b", Map.of("Tag", "b", "Verdict", "loses"), true))
                .add(new Preset("Tied", Map.of("Verdict", "ties"), true));
        assertThat(browser.html("Answers", "none"))
                .contains(">Won</button>", "data-preset=\"1\">Lost at b</button>")
                .doesNotContain("Lost at a", "Tied");
        JsonNode data = BrowsedPages.items(browser.script());
        assertThat(data.get("presets")).hasSize(2);
        assertThat(data.get("presets").get(1).get("chosen").get("Tag").asText()).isEqualTo("b");
        assertThat(data.get("presets").get(1).get("clearestFirst").asBoolean()).isTrue();
        assertThat(data.get("presets").get(1).get("chosen").fieldNames())
                .as("a page is the same in every process, whatever the order of a map was")
                .toIterable()
                .containsExactly("Tag", "Verdict");
        assertThat(data.get("items")).hasSize(2);
    }

    @Test
    void hostileTextStaysText() throws IOException {
        ItemBrowser browser = new ItemBrowser("prompt", List.of("Tag"), List.of("Judge", "Verdict"))
                .add(item(BrowsedPages.HOSTILE, BrowsedPages.HOSTILE, new Mark(List.of("J", BrowsedPages.HOSTILE), 1)))
                .add(item("b", "y", new Mark(List.of("J", "wins"), 1)));
        String page = new HtmlPage(
                        "t",
                        List.of(ItemBrowser.style()),
                        browser.html("Answers", "none"),
                        "f",
                        List.of(browser.script()))
                .text();
        BrowsedPages.assertInert(page);
        JsonNode item = BrowsedPages.items(page).get("items").get(0);
        String shown = VisibleText.of(BrowsedPages.HOSTILE);
        assertThat(item.get("prompt").asText()).isEqualTo(shown);
        assertThat(item.get("sides").get(0).get("text").asText()).isEqualTo(shown);
        assertThat(item.get("facets").get(0).asText()).isEqualTo(shown);
        assertThat(page).contains("<option value=\"" + HtmlText.html(BrowsedPages.HOSTILE) + "\">");
    }

    @Test
    void anItemHasAValueOfEachFacet() {
        assertThatThrownBy(() -> new ItemBrowser("prompt", List.of(), List.of()).add(item("a", "x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("facets");
    }
}
