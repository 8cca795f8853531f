/* Shortest decimal texts of doubles: find the digits, then place the point. See float_text.h.
 *
 * The C library prints and reads back; its decimal point depends on the locale, so digits are
 * picked out of what it prints and a candidate is read back with the point it came with. */
#include "value/float_text.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGIT_COUNT_MAX 17 /* enough for every double */

/* When Ruby writes an exponent: for whole numbers of more than DBL_DIG digits (100000000000000.0
 * but 1.0e+15; 1125899906842624.2 has a fraction), and below 0.0001 (1.0e-05). */
#define WHOLE_DIGIT_COUNT_MAX DBL_DIG
#define POINT_POSITION_MIN    (-3)

/* 0.DIGITS * 10^point_position */
struct decimal {
    char digits[DIGIT_COUNT_MAX];
    int digit_count;
    int point_position;
};

struct candidate {
    char text[CT_FLOAT_TEXT_SIZE_MAX + 16]; /* a locale's point may have several bytes */
};

static bool
print_candidate(double value, int digit_count, struct candidate *out_candidate)
{
    snprintf(out_candidate->text, sizeof out_candidate->text, "%.*e", digit_count - 1, value);
    return strtod(out_candidate->text, NULL) == value;
}

/* The next larger number of as many digits. */
static void
increment_candidate(struct candidate *candidate)
{
    char *c = strchr(candidate->text, 'e') - 1;
    for (; c > candidate->text; c--) {
        if (*c < '0' || *c > '9')
            continue;
        if (*c != '9')
            break;
        *c = '0';
    }
    ++*c; /* 9.99…e+x would need a carry, but is no power of two's text */
}

/* Below a power of two doubles lie twice as dense as above it: the nearest 16 digits may then miss,
 * where the next larger ones hit. */
static bool
print_power_of_two(double value, struct candidate *out_candidate)
{
    int exponent;
    if (frexp(value, &exponent) != 0.5)
        return false;
    (void)print_candidate(value, DIGIT_COUNT_MAX - 1, out_candidate);
    increment_candidate(out_candidate);
    return strtod(out_candidate->text, NULL) == value;
}

/* `value` is finite and > 0. */
static void
print_shortest(double value, struct candidate *out_candidate)
{
    /* A normal double keeps DBL_DIG digits: if a shorter text exists, these are it with zeros
     * behind. A subnormal has fewer, so every length is tried. */
    int digit_count = value < DBL_MIN ? 1 : DBL_DIG;
    while (digit_count < DIGIT_COUNT_MAX && !print_candidate(value, digit_count, out_candidate))
        digit_count++;
    if (digit_count < DIGIT_COUNT_MAX || print_power_of_two(value, out_candidate))
        return;
    (void)print_candidate(value, DIGIT_COUNT_MAX, out_candidate);
}

static void
find_digits(double value, struct decimal *out_decimal)
{
    struct candidate candidate;
    print_shortest(value, &candidate);
    out_decimal->digit_count = 0;
    const char *c = candidate.text;
    for (; *c != 'e'; c++)
        if (*c >= '0' && *c <= '9')
            out_decimal->digits[out_decimal->digit_count++] = *c;
    while (out_decimal->digit_count > 1 && out_decimal->digits[out_decimal->digit_count - 1] == '0')
        out_decimal->digit_count--;
    out_decimal->point_position = atoi(c + 1) + 1;
}

static char *
put_zeros(char *out, int count)
{
    for (int i = 0; i < count; i++)
        *out++ = '0';
    return out;
}

static char *
put_digits(char *out, const struct decimal *decimal, int first, int end)
{
    for (int i = first; i < end; i++)
        *out++ = i < decimal->digit_count ? decimal->digits[i] : '0';
    return out;
}

static char *
put_decimal(char *out, const struct decimal *decimal)
{
    const int point = decimal->point_position;
    const int count = decimal->digit_count;
    const bool is_whole = count <= point;
    if ((is_whole && point > WHOLE_DIGIT_COUNT_MAX) || point < POINT_POSITION_MIN) {
        out = put_digits(out, decimal, 0, 1);
        *out++ = '.';
        out = put_digits(out, decimal, 1, count > 2 ? count : 2);
        return out + sprintf(out, "e%+03d", point - 1);
    }
    if (point <= 0) {
        out = put_zeros(out, 1);
        *out++ = '.';
        return put_digits(put_zeros(out, -point), decimal, 0, count);
    }
    out = put_digits(out, decimal, 0, point);
    *out++ = '.';
    return put_digits(out, decimal, point, count > point ? count : point + 1);
}

static size_t
put_word(const char *word, char *out_text)
{
    const size_t size = strlen(word);
    memcpy(out_text, word, size);
    return size;
}

size_t
ct_float_text_encode(double value, char out_text[CT_FLOAT_TEXT_SIZE_MAX])
{
    if (isnan(value))
        return put_word("NaN", out_text);
    if (isinf(value))
        return put_word(value < 0 ? "-inf" : "inf", out_text);
    if (value == 0)
        return put_word(signbit(value) ? "-0.0" : "0.0", out_text);
    char *out = out_text;
    if (value < 0)
        *out++ = '-';
    struct decimal decimal;
    find_digits(fabs(value), &decimal);
    return (size_t)(put_decimal(out, &decimal) - out_text);
}
