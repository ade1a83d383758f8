//  Counts what the heap of this process holds, to the byte.
//
//  A program that links this replaces malloc and its family by ones that count and then call the C
//  library's own. For programs of one thread: the counts are plain numbers.

#ifndef HEAP_METER_H
#define HEAP_METER_H

#include <stdint.h>

//  Bytes that are allocated now.
int64_t heap_meter_live (void);

//  The most that was allocated at a time since the last heap_meter_reset_peak.
int64_t heap_meter_peak (void);

//  Begins a new peak at what is allocated now.
void heap_meter_reset_peak (void);

//  Gives free memory back to the system, so that what is resident afterwards is in use.
void heap_meter_trim (void);

#endif
