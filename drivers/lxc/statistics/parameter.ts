import type { TypedParameter } from '../../contract/domain.ts';

export const number = (field: string, value: number): TypedParameter => ({ field, type: 'int', value });
export const count = (field: string, value: number): TypedParameter => ({ field, type: 'uint', value });
export const counter = (field: string, value: bigint): TypedParameter => ({ field, type: 'ullong', value });
export const text = (field: string, value: string): TypedParameter => ({ field, type: 'string', value });
