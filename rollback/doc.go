// Package rollback is the deterministic core of visavis.
package rollback
