package org.align4j.core.doctor.people;

/**
 * How often somebody agrees.
 *
 * @param agreed how often
 * @param judged of how many times
 */
record Agreement(int agreed, int judged) {
    double rate() {
        return judged == 0 ? 0 : (double) agreed / judged;
    }

    Agreement plus(boolean agrees) {
        return new Agreement(agreed + (agrees ? 1 : 0), judged + 1);
    }

    /** By how many standard errors this one lies below another; 0 where one of them has nothing. */
    double below(Agreement other) {
        if (judged == 0 || other.judged == 0) {
            return 0;
        }
        double pooled = (double) (agreed + other.agreed) / (judged + other.judged);
        double error = Math.sqrt(pooled * (1 - pooled) * (1.0 / judged + 1.0 / other.judged));
        return error == 0 ? 0 : (other.rate() - rate()) / error;
    }
}
