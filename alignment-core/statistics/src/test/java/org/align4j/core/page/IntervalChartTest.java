package org.align4j.core.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.align4j.core.eval.Interval;
import org.align4j.core.page.IntervalChart.Axis;
import org.align4j.core.page.IntervalChart.Row;
import org.align4j.core.page.IntervalChart.Tone;
import org.junit.jupiter.api.Test;

/** Where dots and lines lie, and that figures stand beside them as text. */
class IntervalChartTest {
    @Test
    void aRowHasItsDotItsLineAndItsFigures() {
        String chart = new IntervalChart("System", "win rate", Axis.RATES)
                .add(new Row("<B>", "by J", 0.61, new Interval(0.57, 0.64, 0.95), Tone.BETTER, false))
                .add(new Row("C", "", 0.5, null, Tone.UNCLEAR, true))
                .html();
        assertThat(chart)
                .contains("<tr class=\"better\"><th scope=\"row\">&lt;B&gt;<small>by J</small></th>")
                .contains("<i style=\"left:57.00%;width:7.00%\"></i><b style=\"left:61.00%\"></b>")
                .contains("<u style=\"left:50.00%\"></u><b class=\"hollow\" style=\"left:50.00%\"></b>")
                .contains("<td>61.0\u00a0%<small>57.0\u00a0% to 64.0\u00a0%</small></td>", "<td>50.0\u00a0%</td>")
                .contains("<span style=\"left:25%\">25\u00a0%</span>");
    }

    @Test
    void aToneNeedsAnIntervalBesideTheMark() {
        assertThat(Tone.of(new Interval(0.51, 0.6, 0.95), 0.5)).isEqualTo(Tone.BETTER);
        assertThat(Tone.of(new Interval(0.4, 0.49, 0.95), 0.5)).isEqualTo(Tone.WORSE);
        assertThat(Tone.of(new Interval(0.5, 0.6, 0.95), 0.5)).isEqualTo(Tone.UNCLEAR);
        assertThat(Tone.of(null, 0.5)).isEqualTo(Tone.UNCLEAR);
    }

    @Test
    void whatLiesBeyondAnEndStandsThere() {
        Axis axis = new Axis(-2, 2, 0.0, Wording::number);
        assertThat(axis.place(1)).isEqualTo(75);
        assertThat(axis.place(-5)).isZero();
        assertThat(axis.place(9)).isEqualTo(100);
    }
}
