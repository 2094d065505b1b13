# cython: language_level=3, cdivision=True
"""The compiled balances on their own, for the suite; the core works on the same table through the
.pxd file.
"""

from libc.stdint cimport int64_t, uint32_t


def charge_of(int64_t received_atoms, uint32_t fee_ppm, uint32_t fee_debt):
    """Return (fee_atoms, new fee_debt), as risk.fees.charge."""
    fee_atoms = charge(received_atoms, fee_ppm, &fee_debt)
    return fee_atoms, fee_debt


cdef class Balances:
    """Balances by account and asset slot. It checks nothing: its caller has."""

    cdef BalanceTable table

    def __cinit__(self):
        balances_open(&self.table)
        if not reserve_balances(&self.table, 1):
            raise MemoryError

    def __dealloc__(self):
        balances_close(&self.table)

    def of(self, uint32_t account, uint32_t asset):
        """Return (available_atoms, held_atoms)."""
        cdef const BalanceRow *row = balance_find(&self.table, account, asset)
        if row == NULL:
            return 0, 0
        return row.available_atoms, row.held_atoms

    def deposit(self, uint32_t account, uint32_t asset, int64_t amount_atoms):
        """Add atoms from outside."""
        self._row(account, asset).available_atoms += amount_atoms

    def hold(self, uint32_t account, uint32_t asset, int64_t amount_atoms):
        """Move atoms from available to held."""
        hold(self._row(account, asset), amount_atoms)

    def release(self, uint32_t account, uint32_t asset, int64_t amount_atoms):
        """Move atoms from held back to available."""
        hold(self._row(account, asset), -amount_atoms)

    cdef BalanceRow *_row(self, uint32_t account, uint32_t asset) except NULL:
        if not reserve_balances(&self.table, 1):
            raise MemoryError
        return &self.table.row[balance_row(&self.table, account, asset)]
