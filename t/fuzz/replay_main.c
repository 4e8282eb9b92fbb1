/* SPDX-License-Identifier: Apache-2.0 */
/* A fuzz target without a fuzzer: feeds it each file that is named on the command line. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input in a block of exactly its size: a read past the end is one past the block. */
static uint8_t *read_all(FILE *in, size_t *size)
{
    uint8_t *data;
    long end = fseek(in, 0, SEEK_END) == 0 ? ftell(in) : -1;

    if (end < 0 || fseek(in, 0, SEEK_SET) != 0) {
        return NULL;
    }
    *size = (size_t)end;
    data = malloc(*size ? *size : 1);
    if (data && fread(data, 1, *size, in) != *size) {
        free(data);
        return NULL;
    }
    return data;
}

static int feed(const char *name)
{
    FILE *in = fopen(name, "rb");
    uint8_t *data = NULL;
    size_t size = 0;

    if (in) {
        data = read_all(in, &size);
        fclose(in);
    }
    if (!data) {
        fprintf(stderr, "%s: cannot be read\n", name);
        return 1;
    }
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 0;
}

int main(int argc, char **argv)
{
    int i;

    for (i = 1; i < argc; i++) {
        if (feed(argv[i]) != 0) {
            return 1;
        }
    }
    return 0;
}
