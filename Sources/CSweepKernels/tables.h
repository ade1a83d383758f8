//  Pairs (function, Gaussian or hyperbolic slope) on the grid 0, 1/128, ... 6 for the vector
//  families; a vector of arguments looks its pairs up and a short series does the rest.

#ifndef SWK_TABLES_H
#define SWK_TABLES_H

#define SWK_TABLE_ENTRIES 769
#define SWK_TABLE_END 6.0
#define SWK_TABLE_STEPS 128.0

extern const double swk_table_erf[2 * SWK_TABLE_ENTRIES];
extern const double swk_table_erfc[2 * SWK_TABLE_ENTRIES];
extern const double swk_table_tanh[2 * SWK_TABLE_ENTRIES];

#endif
