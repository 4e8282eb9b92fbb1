/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of statements for several of a kind at once (lot.c). */
#ifndef STATEMENTS_LOT_H
#define STATEMENTS_LOT_H

/* The rows of VALUES for a lot of so many; row(n) is the text of one. */
#define LOT_OF_1(row) row(0)
#define LOT_OF_2(row) LOT_OF_1(row) ", " row(1)
#define LOT_OF_4(row) LOT_OF_2(row) ", " row(2) ", " row(3)
#define LOT_OF_8(row) LOT_OF_4(row) ", " row(4) ", " row(5) ", " row(6) ", " row(7)

#endif
