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

//  The odd ones on -6 ... 6: the pair of grid point n is at SWK_TABLE_MIDDLE + 2 n. So a vector needs
//  neither its absolute values nor its signs.
#define SWK_TABLE_MIDDLE (2 * (SWK_TABLE_ENTRIES - 1))

extern double swk_signed_erf[2 * SWK_TABLE_MIDDLE + 2];
extern double swk_signed_tanh[2 * SWK_TABLE_MIDDLE + 2];

#endif
